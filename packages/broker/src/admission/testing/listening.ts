/** Somebody who listens to a stream of events, and keeps what was told. */
import { type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, request } from "node:http";
import { onTestFinished } from "vitest";
import type { Person } from "./person.js";

export interface Told {
  readonly id: string;
  readonly data: { readonly stream: string; readonly position: number; readonly kind: string };
}

export class Listening {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  #text = "";
  #ended = false;
  readonly #asked: ClientRequest;
  #wake: () => void = () => undefined;

  private constructor(asked: ClientRequest, response: IncomingMessage) {
    this.#asked = asked;
    this.status = response.statusCode ?? 0;
    this.headers = response.headers;
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => {
      this.#text += chunk;
      this.#wake();
    });
    const over = () => {
      this.#ended = true;
      this.#wake();
    };
    response.on("error", over);
    response.on("close", over);
  }

  static async open(person: Person, query = "", headers: OutgoingHttpHeaders = {}): Promise<Listening> {
    const path = `/v1/audit/stream${query}`;
    const access = await person.access("GET", path);
    return new Promise((resolve, reject) => {
      const { port } = person.edge;
      const asked = request({
        host: "127.0.0.1",
        port,
        path,
        agent: false,
        headers: { ...access, ...headers },
      });
      asked.on("error", reject);
      asked.on("response", (response) => resolve(new Listening(asked, response)));
      asked.end();
      onTestFinished(() => void asked.destroy());
    });
  }

  get text(): string {
    return this.#text;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get events(): readonly Told[] {
    const blocks = this.#text.split("\n\n").slice(0, -1);
    return blocks.flatMap((block) => {
      const [, id = "", data = ""] = /^id: (\S+)\ndata: (.*)$/.exec(block) ?? [];
      return data === "" ? [] : [{ id, data: JSON.parse(data) as Told["data"] }];
    });
  }

  /** Until that is so: it is looked at whenever something was told. */
  async until(holds: (told: Listening) => boolean): Promise<void> {
    while (!holds(this)) {
      if (this.#ended) throw new Error(`it ended before: ${this.#text}`);
      await this.#next();
    }
  }

  async end(): Promise<void> {
    while (!this.#ended) await this.#next();
  }

  leave(): void {
    this.#asked.destroy();
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
