/** What one connection sends, before a line on which each command waits until the test answers it. */
import {
  decodeFrames,
  encodeFrame,
  encodeJsonFrame,
  type Frame,
  makeId,
  type OutcomeFrame,
  type Refusal,
} from "@parley/protocol";
import type { Command } from "../../../governance/command.js";
import * as cast from "../../../governance/testing/cast.js";
import type { Outcome, Relay } from "../../../relay.js";
import type { Speaking } from "../call-answers.js";
import { Envelopes } from "../envelopes.js";
import { Turns } from "../turns.js";
import { settled } from "./stage.js";

export const [one, two] = [cast.idOf("session", 1), cast.idOf("session", 2)];
const text = new TextEncoder();

type Asked = Command<"envelopes.send"> | Command<"envelopes.ack"> | Command<"session.join">;

interface Waiting {
  readonly command: Asked;
  readonly carried: readonly Uint8Array[];
  readonly answer: (refusal?: Refusal) => void;
  readonly fail: (fault: Error) => void;
}

/** A line on which each command waits until the test answers it. */
export class HeldLine {
  readonly asked: Waiting[] = [];

  readonly relay = ((command: Asked, carried: readonly Uint8Array[] = []) =>
    new Promise<Outcome>((resolve, reject) => {
      const answer = (refusal?: Refusal): void => {
        const taken = "envelopes" in command ? command.envelopes.map(() => missing) : [];
        const accepted = { outcome: "accepted", answer: { taken, sessions: [], acked: [] }, facts: [] };
        resolve((refusal === undefined ? accepted : { outcome: "refused", refusal }) as unknown as Outcome);
      };
      this.asked.push({ command, carried, answer, fail: reject });
    })) as unknown as Relay;

  /** What was asked, briefly: types of envelopes, and acknowledgements. */
  said(): readonly string[] {
    return this.asked.map(({ command }) =>
      command.kind === "envelopes.send"
        ? command.envelopes.map(({ type }) => type).join(" ")
        : command.kind === "envelopes.ack"
          ? command.acks.map(({ session, n }) => `${session === one ? "one" : "two"}:${n}`).join(" ")
          : command.kind,
    );
  }
}

const missing = { outcome: "refused", refusal: { code: "not-found" } } as const;

export function scene() {
  const line = new HeldLine();
  const turns = new Turns(line.relay);
  const answers: OutcomeFrame[] = [];
  const reads: boolean[] = [];
  const faults: unknown[] = [];
  const connection = makeId("connection");
  const envelopes = new Envelopes({
    ...{ relay: line.relay, turns, connection },
    answer: (outcome) => answers.push(outcome),
    read: (may) => reads.push(may),
    judge: (fault) => {
      faults.push(fault);
      return { code: "broker.fault" };
    },
  });
  const by = speaking("0.0.0");
  const take = (type: string, session = one, payload = "", who = by) =>
    envelopes.take(send({ session, id: makeId("envelope"), type }, payload), who);
  /** As many as this, as they come in messages. */
  const takeMany = (count: number, payload = ""): void => {
    for (let at = 0; at < count; at++) take(`t${at}`, one, payload);
    envelopes.begin();
  };
  const ack = (acks: object[], who = by) =>
    envelopes.acknowledge(frameOf(encodeJsonFrame("ack", { acks })), who);
  const call = () => {
    envelopes.seal();
    void turns.take().relay({ kind: "session.join" } as unknown as Command);
  };
  const answerNext = async (refusal?: Refusal): Promise<void> => {
    next(line).answer(refusal);
    await settled();
  };
  return {
    line,
    turns,
    answers,
    reads,
    faults,
    connection,
    envelopes,
    by,
    take,
    takeMany,
    ack,
    call,
    answerNext,
  };
}

const answered = new WeakSet<Waiting>();
export function next({ asked }: HeldLine): Waiting {
  const waiting = asked.find((each) => !answered.has(each));
  if (waiting === undefined) throw new Error("nothing waits for an answer");
  answered.add(waiting);
  return waiting;
}

export const speaking = (generation: string): Speaking => ({
  caller: { principal: cast.scout1, generation },
  ...{ thumbprint: "", agent: cast.scout, organisation: cast.acme, epoch: 3 },
});

export function frameOf(message: Uint8Array): Frame {
  const decoded = decodeFrames(message);
  const [frame] = "fault" in decoded ? [] : decoded.frames;
  if (frame === undefined) throw new Error("no frame");
  return frame;
}

export const send = (header: object | string, payload: string | Uint8Array = ""): Frame =>
  frameOf(
    encodeFrame(
      "send",
      text.encode(typeof header === "string" ? header : JSON.stringify(header)),
      typeof payload === "string" ? text.encode(payload) : payload,
    ),
  );

export const numbered = (from: number, count: number): string =>
  Array.from({ length: count }, (_, at) => `t${from + at}`).join(" ");
