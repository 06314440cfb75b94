/**
 * What the clients saw, in the order in which they saw it, kept outside of the broker and its folder: the one side of
 * the comparison. Whoever sends says so before the bytes go out, whoever hears says so when they have come.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import type { SideName } from "@parley/protocol";
import type { Mark } from "./reader.js";

/** One side of a session, as one instance speaks for it over one of its connections. */
export interface Spoken {
  readonly session: string;
  readonly side: SideName;
  readonly instance: string;
  /** Numbered by the history: of all clients together. */
  readonly connection: number;
}

export interface Missing {
  readonly from: number;
  readonly to: number;
  readonly why: string;
}

/** The first answer to an envelope, as it was stated: alike in every later one. */
export interface Place {
  readonly n: number;
  readonly seq: number;
  readonly position: number;
  readonly at: string;
  readonly digest: string;
}

export type Seen =
  | { readonly what: "broker"; readonly is: "up" | "down"; readonly atMs: number }
  /** `terms` is the digest that the proposal agreed to. */
  | { readonly what: "engaged"; readonly session: string; readonly terms: string }
  | {
      readonly what: "opened";
      readonly instance: string;
      readonly connection: number;
      readonly epoch: number;
      readonly atMs: number;
    }
  | {
      readonly what: "lost";
      readonly instance: string;
      readonly connection: number;
      /** It has left with a word. */
      readonly isGoodbye: boolean;
      readonly atMs: number;
    }
  | ({
      readonly what: "joined";
      /** Null: without one. */
      readonly cursor: number | null;
      readonly after: number;
      readonly missing: readonly Missing[];
    } & Spoken)
  | ({
      readonly what: "sent";
      readonly id: string;
      readonly type: string;
      readonly header: string;
      /** SHA-256 of the payload. */
      readonly payload: string;
      readonly payloadBytes: number;
      /** What its payload can be known by in a file; null where it is too short for that. */
      readonly marker: string | null;
      /** How many of it arrive. */
      readonly copies: number;
    } & Spoken)
  | ({ readonly what: "answered"; readonly id: string; readonly as: "accepted" | "repeated" } & Place &
      Spoken)
  | ({
      readonly what: "refused";
      readonly id: string;
      readonly code: string;
      readonly rule: string | null;
    } & Spoken)
  /** By who receives; `of` is the side that has sent. */
  | ({
      readonly what: "delivered";
      readonly n: number;
      readonly seq: number;
      /** The stamp without what tells a repeat from a first time. */
      readonly stamp: string;
      readonly header: string;
      readonly payload: string;
      readonly sender: string;
      readonly wouldRefuse: readonly Mark[];
      /** Whether it is said that it may have been handed out before. */
      readonly isAgain: boolean;
    } & Spoken)
  | ({ readonly what: "missing" } & Missing & Spoken)
  | ({ readonly what: "acknowledged"; readonly n: number } & Spoken)
  /** The application behind an SDK has done what an envelope asks for. */
  | {
      readonly what: "handled";
      readonly session: string;
      /** Who receives. */
      readonly side: SideName;
      readonly n: number;
      readonly keeps: "cursor" | "nothing";
    }
  /** Faults have healed and everything was waited for: who receives has all that there is. */
  | { readonly what: "drained"; readonly session: string; readonly side: SideName };

export type SeenAs<W extends Seen["what"]> = Extract<Seen, { readonly what: W }>;

export class History {
  readonly seen: Seen[] = [];
  readonly #file: number;
  #connections = 0;

  /** `file` lies outside of whatever is about to fail. */
  constructor(file: string) {
    this.#file = openSync(file, "w");
  }

  say(seen: Seen): void {
    this.seen.push(seen);
    writeSync(this.#file, `${JSON.stringify(seen)}\n`);
  }

  nextConnection(): number {
    this.#connections += 1;
    return this.#connections;
  }

  close(): void {
    closeSync(this.#file);
  }
}
