/**
 * The envelopes of one session at a fake broker: it keeps the session's chain as a broker does, answers what the agent
 * sends, delivers what the other side says, and goes wrong where a test asks it to.
 */
import { createHash } from "node:crypto";
import {
  ackFrame,
  canonicalJson,
  type EnvelopeHeader,
  type EnvelopeId,
  encodeFrame,
  encodeJsonFrame,
  type Frame,
  type Json,
  limits,
  type Missing,
  makeId,
  problemOf,
  type Refusal,
  readHeader,
  type SessionView,
  type SideName,
} from "@parley/protocol";
import type { WebSocket } from "ws";
import { left, nothingSaid } from "./fake-calls.js";
import { jsonOf } from "./read-frame.js";
import type { Town } from "./town.js";

const utf8 = new TextEncoder();
const digest = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("base64url");
const spelled = (value: object): string => canonicalJson(value as unknown as Json);

interface Kept {
  readonly id: EnvelopeId;
  readonly header: string;
  readonly payload: Uint8Array;
  readonly n: number;
  readonly seq: number;
  readonly position: number;
  readonly at: string;
  readonly stamp: Record<string, unknown>;
}

export type Saying = { readonly type?: string; readonly body?: unknown } & Partial<EnvelopeHeader>;

const otherOf = (side: SideName): SideName => (side === "consumer" ? "provider" : "consumer");

export class FakeEnvelopes {
  readonly view: SessionView;
  readonly side: SideName;
  /** What has come over the socket: how many envelopes each message had, acknowledgements, headers. */
  readonly messages: number[] = [];
  readonly acks: number[] = [];
  readonly heard: EnvelopeHeader[] = [];
  readonly payloads: string[] = [];
  /** What is refused, instead of being taken. */
  judge: (header: EnvelopeHeader) => Refusal | undefined = () => undefined;
  /** Taken, and the answer is lost, or comes when a test says so. */
  isSilent = false;
  readonly unsaid: Uint8Array[] = [];
  sendUpTo = { n: limits.envelopesUnhandledMax as number, bytes: limits.bytesUnhandledMax as number };
  missing: Missing[] = [];
  head = { position: 4, hash: digest("the agreement") };
  /** Of what is said of the chain, and of each stamp: a test spoils it. */
  spoil = <T>(said: T): T => said;
  era = 1;
  readonly #there: Town;
  readonly #kept: Record<SideName, Kept[]> = { consumer: [], provider: [] };
  readonly #bytes = { consumer: 0, provider: 0 };
  #wake: () => void = () => undefined;

  constructor(there: Town, view: SessionView, side: SideName) {
    this.#there = there;
    this.view = view;
    this.side = side;
    there.broker.carried = (socket, frames) => this.#carried(socket, frames);
    there.calls.answers.join = ({ cursor }) => {
      // After the reply, what the other side has said [ENV-14].
      setImmediate(() => this.deliverAfter(cursor?.after ?? 0));
      return this.joined(cursor?.after);
    };
  }

  /** How this side's session stands for who joins. */
  joined(after = 0): object {
    const view = this.#there.sessions.get(this.view.id) ?? this.view;
    const sent = this.#kept[this.side].length;
    const mine = {
      ...view[this.side],
      sent: { envelopes: sent, bytes: this.#bytes[this.side], acknowledged: 0 },
    };
    const { head, missing, sendUpTo } = this;
    return {
      ...view,
      [this.side]: mine,
      resume: { ...nothingSaid, after, head, missing, sendUpTo, sent, left },
    };
  }

  /** Waits until so much has come. */
  async received(what: "heard" | "acks" | "messages", count: number): Promise<void> {
    while (this[what].length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The other side says something, in one segment; answers what would be delivered. */
  says(...sayings: readonly Saying[]): readonly Uint8Array[] {
    const other = otherOf(this.side);
    const entries = sayings.map(({ body, ...header }) => {
      const said = {
        type: "markets.tick",
        ...header,
        session: this.view.id,
        id: header.id ?? makeId("envelope"),
      };
      return { text: JSON.stringify(said), id: said.id, payload: utf8.encode(JSON.stringify(body ?? {})) };
    });
    return this.#keep(other, this.view[other].instance ?? makeId("instance"), entries).map((kept) =>
      this.frameOf(kept),
    );
  }

  /** … and it is delivered at once. */
  tells(...sayings: readonly Saying[]): void {
    this.deliver(this.says(...sayings));
  }

  deliver(frames: readonly Uint8Array[]): void {
    this.#there.broker.sockets.at(-1)?.send(Buffer.concat(frames));
  }

  /** Everything of the other side after this one, once more. */
  deliverAfter(after: number): void {
    const isMissing = (n: number) => this.missing.some(({ from, to }) => from <= n && n <= to);
    const again = this.#kept[otherOf(this.side)].filter(({ n }) => n > after && !isMissing(n));
    if (again.length === 0) return;
    this.deliver(again.map((kept) => this.frameOf({ ...kept, stamp: { ...kept.stamp, redelivered: true } })));
  }

  frameOf({ stamp, header, payload }: Kept): Uint8Array {
    return encodeFrame(
      "deliver",
      utf8.encode(JSON.stringify(this.spoil(stamp))),
      utf8.encode(header),
      payload,
    );
  }

  /** Something else happens in the session: a fact that is told. */
  happens(kind: string, isTold = true): void {
    const content = { kind, "x-ä": [1, null] };
    const fact = this.#fact(kind, content);
    const told = this.spoil({ ...fact, at: new Date(fact.at).toISOString(), content });
    if (isTold) this.#there.calls.tell({ event: "session.fact", session: this.view.id, fact: told } as never);
  }

  /** How many this side has sent, as the record has it. */
  get sent(): readonly Kept[] {
    return this.#kept[this.side];
  }

  #fact(kind: string, content: object) {
    const skeleton = {
      ...{ v: 1, stream: `session:${this.view.id}`, position: this.head.position + 1, kind },
      ...{
        at: this.#there.broker.nowMs(),
        contentDigest: digest(spelled(content)),
        previous: this.head.hash,
      },
    };
    const hash = digest(spelled(skeleton));
    this.head = { position: skeleton.position, hash };
    return { ...skeleton, hash };
  }

  #keep(
    side: SideName,
    instance: string,
    envelopes: readonly { readonly text: string; readonly id: string; readonly payload: Uint8Array }[],
  ): Kept[] {
    const cause = makeId("command");
    const n = this.#kept[side].length + 1;
    const seq = this.#kept.consumer.length + this.#kept.provider.length + 1;
    for (const { text, payload } of envelopes)
      this.#bytes[side] += utf8.encode(text).byteLength + payload.byteLength;
    const entries = envelopes.map(({ text, id, payload }) => {
      return { id, header: text, payload: digest(payload), payloadBytes: payload.byteLength };
    });
    const session = this.view.id;
    const data = { session, side, instance, n, seq, sent: this.#bytes[side], entries };
    const fact = this.#fact("session.sent", { actor: instance, cause, subject: session, data });
    const at = new Date(fact.at).toISOString();
    const { position } = fact;
    const segment = { n, seq, count: entries.length, sent: this.#bytes[side] };
    const { agent, organisation } = this.view[side];
    const kept = envelopes.map(({ text, id, payload }, index) => {
      const where = { n: n + index, seq: seq + index, position, at };
      const by = { session, side, instance, agent: agent.id, organisation: organisation.id };
      const stamp = { ...by, ...where, cause, segment, payload: digest(payload) };
      return { id: id as EnvelopeId, header: text, payload, ...where, stamp };
    });
    this.#kept[side].push(...kept);
    return kept;
  }

  #carried(socket: WebSocket, frames: readonly Frame[]): void {
    const sends = frames.filter(({ kind }) => kind === "send");
    for (const frame of frames) {
      if (frame.kind === "ack") this.acks.push(...ackFrame.parse(jsonOf(frame)).acks.map(({ n }) => n));
    }
    if (sends.length > 0) {
      this.messages.push(sends.length);
      const outcome = this.#outcomeOf(sends);
      const frame = encodeJsonFrame("outcome", { sessions: [this.spoil(outcome)] });
      if (this.isSilent) this.unsaid.push(frame);
      else socket.send(frame);
    }
    this.#wake();
  }

  #outcomeOf(sends: readonly Frame[]) {
    const envelopes = sends.map(({ parts: [header = new Uint8Array(), payload = new Uint8Array()] }) => {
      const read = readHeader(header);
      if ("fault" in read) throw new Error(`the agent sent a header that is none: ${read.fault}`);
      this.heard.push(read.header);
      this.payloads.push(new TextDecoder().decode(payload));
      return { ...read, id: read.header.id, payload };
    });
    const repeated = envelopes.flatMap(({ id }) => {
      const kept = this.sent.find((one) => one.id === id);
      if (kept === undefined) return [];
      const { n, seq, position, at, payload } = kept;
      return [{ id, n, seq, position, at, digest: digest(payload) }];
    });
    const rest = envelopes.filter(({ id }) => !repeated.some((one) => one.id === id));
    const refused = rest.flatMap(({ id, header }) => {
      const refusal = this.judge(header);
      return refusal === undefined ? [] : [{ id, problem: problemOf(refusal) }];
    });
    const taken = rest.filter(({ id }) => !refused.some((one) => one.id === id));
    const kept = taken.length === 0 ? [] : this.#keep(this.side, this.#there.broker.principalId, taken);
    const accepted = kept.slice(0, 1).map(({ stamp, n, seq, position, at }) => {
      const { cause, segment } = stamp as { cause: string; segment: { sent: number } };
      const ids = kept.map(({ id, payload }) => ({ id, digest: digest(payload) }));
      return { position, at, cause, n, seq, sent: segment.sent, envelopes: ids };
    });
    const head = kept.length === 0 ? null : this.head;
    const stands = { state: "active", left, sendUpTo: this.sendUpTo, head };
    return { session: this.view.id, accepted, repeated, refused, stands };
  }
}
