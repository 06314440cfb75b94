/** A broker of its own with so many sessions open, or so many facts in its record, that stays for the whole run. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { proveCourses } from "../peers/parley-load.mjs";
import { Scene } from "../peers/parley-scene.mjs";
import { atOnce } from "../principals.mjs";
import { startBroker } from "../sessions/broker-process.mjs";
import { Line } from "./line.mjs";
import { talk } from "./talk.mjs";

/** One connection may be in 256: a few are left for those that are made anew for each round. */
const perLine = 240;
/** An access token lasts five minutes, and a stage may wait longer than that for its turn. */
const renewEveryMs = 120_000;
/** Nothing closes by itself while others are measured. */
const lasting = { maxDurationSeconds: 86_400, idleTimeoutSeconds: 86_400, joinTimeoutSeconds: 86_400 };

export class Stage {
  static async open(options) {
    const stage = new Stage();
    stage.folder = mkdtempSync(join(tmpdir(), "parley-growth-"));
    try {
      stage.broker = await startBroker(stage.folder);
      await stage.#settle(options);
      return stage;
    } catch (error) {
      await stage.stop();
      throw error;
    }
  }

  /** `sessions` that stay open, besides the one that each measurement makes for itself. */
  async #settle({ sessions = 0, payloadBytes = 256 }) {
    const { issuer, pid } = this.broker;
    this.pid = pid;
    this.scene = await Scene.open({ issuer, token: this.broker.firstToken() }, lasting);
    const people = await this.scene.pairs(Math.max(1, Math.ceil(sessions / perLine)));
    this.lines = [];
    // What is refused or lost ends the run: nobody catches it.
    this.renewing = setInterval(() => atOnce(8, this.lines, (line) => line.renew()), renewEveryMs);
    await atOnce(8, people, async (person) => this.lines.push(await Line.open(person)));
    this.courses = [];
    let left = sessions;
    for (const line of this.lines) {
      this.courses.push(...(await line.engage(Math.min(perLine, left), payloadBytes)));
      left -= Math.min(perLine, left);
    }
  }

  /** One session, made for this and closed after it: a minute of one takes 6,000 envelopes. */
  async one(payloadBytes, how) {
    const [line] = this.lines;
    const [course] = await line.engage(1, payloadBytes);
    const measured = await talk([course], { ...how, pid: this.pid });
    await this.#prove([course]);
    await line.close(course);
    return measured;
  }

  /** All that are open, one after the other, going on where the last measurement ended. */
  async inTurn(how) {
    const count = Math.min(this.courses.length, how.count);
    const talking = this.courses.splice(0, count);
    this.courses.push(...talking);
    const measured = await talk(talking, { ...how, pid: this.pid });
    await this.#prove(talking.slice(0, 16));
    return measured;
  }

  /** Facts by the shortest way that there is from outside: a small segment in each of many sessions, again and again. */
  async fill(facts, say) {
    let filled = 0;
    while (filled < facts) {
      const count = Math.min(facts - filled, 50_000);
      const measured = await talk(this.courses, { count, warmup: 0, window: 2_048, pid: this.pid });
      filled += measured.facts;
      say(`${filled.toLocaleString("en")} facts; ${Math.round(measured.facts / measured.seconds)} a second`);
    }
    await this.#prove(this.courses.slice(0, 16));
    return filled;
  }

  async #prove(courses) {
    const [{ wires }] = courses.map(({ line }) => line);
    const own = courses.filter(({ line }) => line.wires === wires);
    await this.scene.opened.home.refresh();
    await proveCourses(wires.consumer.principal, own);
  }

  async stop() {
    clearInterval(this.renewing);
    for (const line of this.lines ?? []) line.end();
    this.scene?.opened.home.close();
    await this.broker?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
