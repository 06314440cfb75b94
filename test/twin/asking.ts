/** The observer asks: whatever comes back is written down, and something unseen may happen at the same time. */
import { type Answer, type Headers, jsonOf } from "../fixtures/exchange.js";
import type { Principal } from "../fixtures/principal.js";
import type { Pace } from "./pace.js";
import type { Scene } from "./scene.js";
import type { Transcript } from "./transcript.js";
import type { Unseen } from "./unseen.js";

export class Asking {
  readonly scene: Scene;
  readonly unseen: Unseen;
  readonly transcript: Transcript;
  readonly pace: Pace;
  readonly #names: ReadonlyMap<Principal, string>;

  constructor(scene: Scene, unseen: Unseen, transcript: Transcript, pace: Pace) {
    this.scene = scene;
    this.unseen = unseen;
    this.transcript = transcript;
    this.pace = pace;
    const { admin, auditor, instance, sibling } = scene.observer;
    this.#names = new Map([
      [admin, "admin"],
      [auditor, "auditor"],
      [instance, "instance"],
      [sibling, "sibling"],
    ]);
  }

  /** What was made in one millisecond would stand in the order of ids: so nothing is. */
  async ask(
    by: Principal,
    method: string,
    path: string,
    body?: unknown,
    headers?: Headers,
    list?: string,
  ): Promise<Answer> {
    await this.pace.step();
    const [answer] = await Promise.all([by.ask(method, path, body, headers), this.unseen.beat()]);
    this.transcript.answered(`${this.#names.get(by)} ${method} ${path}`, answer, list);
    const from = Date.now();
    while (Date.now() === from) await new Promise(setImmediate);
    return answer;
  }

  get(by: Principal, path: string, list?: string): Promise<Answer> {
    return this.ask(by, "GET", path, undefined, {}, list);
  }

  async made<T>(by: Principal, method: string, path: string, body?: unknown, headers?: Headers): Promise<T> {
    return jsonOf<T>(await this.ask(by, method, path, body, headers));
  }

  /** Page by page to the end: how many pages there are, how long each is, and what they hold. */
  async pages(by: Principal, path: string, limit: number): Promise<void> {
    const and = path.includes("?") ? "&" : "?";
    let cursor = "";
    for (let page = 0; page < 200; page += 1) {
      const from = cursor === "" ? "" : `&cursor=${cursor}`;
      const answer = await this.get(by, `${path}${and}limit=${limit}${from}`);
      const { nextCursor } = jsonOf<{ nextCursor?: string | null }>(answer);
      if (nextCursor === null || nextCursor === undefined) return;
      cursor = nextCursor;
    }
    throw new Error(`${path} has no end`);
  }

  /** A list in the order of ids, one by one: which comes first is chance, so only how many are there is written down. */
  async count(by: Principal, path: string): Promise<void> {
    const lengths: number[] = [];
    const and = path.includes("?") ? "&" : "?";
    let cursor: string | null = "";
    while (cursor !== null && lengths.length < 200) {
      const from: string = cursor === "" ? "" : `&cursor=${cursor}`;
      const page: Answer = await by.get(`${path}${and}limit=1${from}`);
      const { items, nextCursor } = jsonOf<{ items: unknown[]; nextCursor: string | null }>(page);
      lengths.push(items.length, nextCursor?.length ?? 0);
      cursor = nextCursor;
    }
    this.transcript.say(`${this.#names.get(by)} counts ${lengths.join()}`);
  }
}
