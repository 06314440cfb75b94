/**
 * What one connection sends and acknowledges: collected while its last is on its way to the disk, and decided together
 * [ENV-9]. Payloads pass by here and are looked into by nobody: of each, the digest and the length are known.
 */
import { hash } from "node:crypto";
import {
  ackFrame,
  type CloseReason,
  type Frame,
  limits,
  makeId,
  type OutcomeFrame,
  type Refusal,
  readHeader,
} from "@parley/protocol";
import type { Command } from "../../governance/command.js";
import type { OnSocket } from "../../governance/engagement-commands.js";
import type { Relay } from "../../relay.js";
import { pass } from "../../turn.js";
import type { Speaking } from "./call-answers.js";
import { outcomeOf, refusedAll } from "./outcomes.js";
import { readFrame } from "./read-frame.js";
import type { Turn, Turns } from "./turns.js";

type Envelope = Command<"envelopes.send">["envelopes"][number];

export interface EnvelopesParts {
  readonly relay: Relay;
  readonly turns: Turns;
  readonly connection: OnSocket["connection"];
  readonly answer: (outcome: OutcomeFrame) => void;
  /** Whether more may come: what is not read waits with who sends it. */
  readonly read: (may: boolean) => void;
  readonly judge: (fault: unknown) => Refusal;
}

/** What has come since the last was sent down the line, in its turn among the calls of this connection. */
interface Batch {
  readonly turn: Turn;
  by: Speaking;
  envelopes: Envelope[];
  payloads: Uint8Array[];
  bytes: number;
}

/** What was handled and not said yet: the highest of each session. */
type Acks = Map<string, number>;

const ackBounds = { depthMax: 4, keysMax: 4 * limits.joinedSessionsPerConnection } as const;
const acksAtOnce = limits.joinedSessionsPerConnection;
const acksWaitingMax = 4 * acksAtOnce;
const againMs = 1_000;

export class Envelopes {
  readonly #parts: EnvelopesParts;
  #batches: Batch[] = [];
  #acks: Acks = new Map();
  #acksBy: Speaking | undefined;
  #isAcknowledging = false;
  /** The last of them may still grow. */
  #isOpen = false;
  #isRunning = false;
  #waiting = 0;
  #waitingBytes = 0;
  #isPaused = false;
  #isOver = false;

  constructor(parts: EnvelopesParts) {
    this.#parts = parts;
  }

  /** The answer is why the connection ends, where this is no envelope. */
  take({ parts: [headerBytes, payload] }: Frame, by: Speaking): CloseReason | undefined {
    if (headerBytes === undefined || payload === undefined) return "malformed";
    const read = readHeader(headerBytes);
    if ("fault" in read) return "malformed";
    const { session, id, type } = read.header;
    const bytes = headerBytes.byteLength + payload.byteLength;
    const batch = this.#batch(by);
    batch.envelopes.push({
      session,
      id,
      type,
      header: read.text,
      payload: hash("sha256", payload, "base64url"),
      payloadBytes: payload.byteLength,
      bytes,
    });
    batch.payloads.push(payload);
    batch.bytes += bytes;
    this.#waiting += 1;
    this.#waitingBytes += bytes;
    return undefined;
  }

  acknowledge(frame: Frame, by: Speaking): CloseReason | undefined {
    if ((frame.parts[0]?.byteLength ?? 0) > limits.requestBodyBytesMax) return "tooLarge";
    const body = readFrame(frame, ackFrame, ackBounds);
    if (body === undefined) return "malformed";
    this.#acksBy = by;
    for (const { session, n } of body.acks) this.#handled(session, n);
    // So many sessions nobody holds: they name what is not there.
    return this.#acks.size > acksWaitingMax ? "tooMany" : undefined;
  }

  /** A call comes after what was sent before it, and before what is sent after it [SOC-17]. */
  seal(): void {
    this.#isOpen = false;
  }

  /** All frames of a message have been taken. */
  begin(): void {
    const isFull =
      this.#waiting >= limits.envelopesWaitingPerConnection ||
      this.#waitingBytes >= limits.bytesWaitingPerConnection;
    if (isFull) this.#pause(true);
    // Of acknowledgements one is on its way, whatever else is: nobody waits for what becomes of it.
    if (!this.#isAcknowledging && this.#acks.size > 0) void this.#acknowledgeAll();
    if (!this.#isRunning && this.#batches.length > 0) void this.#run();
  }

  /** The connection has ended: what was not sent down the line is not. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    // What was handled was handled: it is said before the line hears that the connection has ended.
    if (this.#acks.size > 0 && this.#acksBy !== undefined)
      void this.#acknowledgeSome(this.#acksBy, this.#acks);
    for (const { turn } of this.#batches) turn.pass();
    this.#batches = [];
  }

  #batch(by: Speaking): Batch {
    const last = this.#batches.at(-1);
    if (this.#isOpen && last !== undefined) {
      last.by = by;
      return last;
    }
    const turn = this.#parts.turns.take();
    const made: Batch = { turn, by, envelopes: [], payloads: [], bytes: 0 };
    this.#batches.push(made);
    this.#isOpen = true;
    return made;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let batch = this.#batches[0]; batch !== undefined; batch = this.#batches[0]) {
      await batch.turn.comes;
      if (this.#isOver) break;
      const some = takeSome(batch);
      const isAll = batch.envelopes.length === 0;
      if (isAll) {
        this.#batches.shift();
        if (this.#batches.length === 0) this.#isOpen = false;
      }
      const answered = this.#send(some);
      if (isAll) batch.turn.pass();
      await answered;
      if (this.#isOver) break;
      this.#waiting -= some.envelopes.length;
      this.#waitingBytes -= some.bytes;
      this.#pause(false);
    }
    this.#isRunning = false;
  }

  async #send({ by, envelopes, payloads }: Batch): Promise<void> {
    const { caller, epoch } = by;
    const socket = { connection: this.#parts.connection, epoch };
    const asked = { id: makeId("command"), caller, target: envelopes[0]?.session ?? "", socket };
    const command = { kind: "envelopes.send", ...asked, envelopes } as const;
    try {
      const outcome = await this.#parts.relay(command, payloads);
      const { answer } = this.#parts;
      if (outcome.outcome === "refused") answer(refusedAll(command, outcome.refusal));
      else answer(outcomeOf(command, outcome.answer, outcome.facts));
    } catch (fault) {
      this.#parts.answer(refusedAll(command, this.#parts.judge(fault)));
    }
  }

  async #acknowledgeAll(): Promise<void> {
    this.#isAcknowledging = true;
    while (this.#acks.size > 0 && this.#acksBy !== undefined && !this.#isOver) {
      const acks = new Map([...this.#acks].slice(0, acksAtOnce));
      for (const session of acks.keys()) this.#acks.delete(session);
      const againMs = await this.#acknowledgeSome(this.#acksBy, acks);
      if (againMs === undefined) continue;
      // It is not answered, so whoever has said it does not say it again.
      for (const [session, n] of acks) this.#handled(session, n);
      await pass(againMs);
    }
    this.#isAcknowledging = false;
  }

  /** After how long it is to be said again, if it was not heard. */
  async #acknowledgeSome({ caller, epoch }: Speaking, acks: Acks): Promise<number | undefined> {
    const socket = { connection: this.#parts.connection, epoch };
    const named = [...acks].map(([session, n]) => ({ session, n }));
    const asked = { id: makeId("command"), caller, target: "", acks: named, socket };
    try {
      const outcome = await this.#parts.relay({ kind: "envelopes.ack", ...asked });
      return outcome.outcome === "refused" ? outcome.refusal.retryAfterMs : undefined;
    } catch (fault) {
      this.#parts.judge(fault);
      return againMs;
    }
  }

  #handled(session: string, n: number): void {
    this.#acks.set(session, Math.max(n, this.#acks.get(session) ?? 0));
  }

  #pause(paused: boolean): void {
    const isLess =
      this.#waiting <= limits.envelopesWaitingPerConnection / 2 &&
      this.#waitingBytes <= limits.bytesWaitingPerConnection / 2;
    if (this.#isPaused === paused || (!paused && !isLess)) return;
    this.#isPaused = paused;
    this.#parts.read(!paused);
  }
}

/** As many as are decided together. */
function takeSome(batch: Batch): Batch {
  const { turn, by } = batch;
  const some = batch.envelopes.slice(0, limits.envelopesPerCommand);
  const payloads = batch.payloads.slice(0, limits.envelopesPerCommand);
  const bytes = some.reduce((sum, one) => sum + one.bytes, 0);
  batch.envelopes = batch.envelopes.slice(limits.envelopesPerCommand);
  batch.payloads = batch.payloads.slice(limits.envelopesPerCommand);
  batch.bytes -= bytes;
  return { turn, by, envelopes: some, payloads, bytes };
}
