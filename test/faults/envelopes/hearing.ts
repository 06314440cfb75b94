/** What a client is told of what it sent, and what it is given, as the history has it. */
import type { SideName } from "@parley/protocol";
import { sha256 } from "../../fixtures/signing.js";
import { otherOf } from "./compared.js";
import type { History, SeenAs, Spoken } from "./history.js";
import type { Mark } from "./reader.js";
import type { Seat } from "./seat.js";

interface Segment {
  readonly n: number;
  readonly seq: number;
  readonly position: number;
  readonly at: string;
  readonly envelopes: readonly { readonly id: string; readonly digest: string }[];
}
export interface Outcome {
  readonly sessions: readonly {
    readonly session: string;
    readonly accepted: readonly Segment[];
    readonly repeated: readonly {
      id: string;
      n: number;
      seq: number;
      position: number;
      at: string;
      digest: string;
    }[];
    readonly refused: readonly { id: string; problem: { code: string; rule?: string } }[];
    readonly stands: { readonly state: string; readonly sendUpTo: { n: number; bytes: number } } | null;
  }[];
}

export function hearOutcome(
  history: History,
  seat: Seat,
  spoken: Spoken,
  { accepted, repeated, refused, stands }: Outcome["sessions"][number],
): void {
  for (const { n, seq, position, at, envelopes } of accepted)
    for (const [index, { id, digest }] of envelopes.entries()) {
      const place = { n: n + index, seq: seq + index, position, at, digest };
      history.say({ what: "answered", id, as: "accepted", ...place, ...spoken });
      seat.answered(id);
    }
  for (const { id, ...place } of repeated) {
    history.say({ what: "answered", id, as: "repeated", ...place, ...spoken });
    seat.answered(id);
  }
  for (const { id, problem } of refused) {
    history.say({ what: "refused", id, code: problem.code, rule: problem.rule ?? null, ...spoken });
    seat.refused(id, problem.code);
  }
  if (stands === null) return;
  seat.credit = stands.sendUpTo;
  seat.isClosed = stands.state === "closed";
}

export function deliveredAs(
  instance: string,
  connection: number,
  stampText: string,
  header: string,
  payload: Buffer,
): SeenAs<"delivered"> {
  const said = JSON.parse(stampText) as Stamped;
  const { session, side, n, seq, instance: sender } = said;
  // The bytes of the stamp, but for the mark that may differ.
  const stamp = stampText.replace(',"redelivered":true', "");
  const receiver = { session, side: otherOf(side), instance, connection };
  const { wouldRefuse = [], redelivered: isAgain = false } = said;
  const what = { what: "delivered", ...receiver, n, seq, stamp, header, payload: sha256(payload) } as const;
  return { ...what, sender, wouldRefuse, isAgain };
}

interface Stamped {
  readonly session: string;
  readonly side: SideName;
  readonly n: number;
  readonly seq: number;
  readonly instance: string;
  readonly wouldRefuse?: readonly Mark[];
  readonly redelivered?: true;
}
