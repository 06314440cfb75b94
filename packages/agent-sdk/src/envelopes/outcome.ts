/** What became of what was sent, read by hand: one for all that was decided together [ENV-10]. */
import {
  type ChainHead,
  type Credit,
  isId,
  type LeftToSend,
  type SessionOutcome,
  type SessionState,
} from "@parley/protocol";
import { type ParleyRefusal, readRefusal } from "../refusal.js";
import {
  isCount,
  isDigest,
  isList,
  isMembers,
  isOrdinal,
  isText,
  isTime,
  type Members,
  must,
} from "./shapes.js";
import { readMarks } from "./stamp.js";

/** Refusals may have codes that are new here. */
export interface Outcome extends Omit<SessionOutcome, "refused"> {
  readonly refused: readonly { readonly id: Repeated["id"]; readonly refusal: ParleyRefusal }[];
}

type Accepted = SessionOutcome["accepted"][number];
type Repeated = SessionOutcome["repeated"][number];
type Stands = NonNullable<SessionOutcome["stands"]>;

const isEnvelope = (value: unknown): value is Repeated["id"] => isText(value) && isId("envelope", value);
const isCause = (value: unknown): value is Accepted["cause"] => isText(value) && isId("command", value);
const isState = (value: unknown): value is SessionState =>
  value === "active" || value === "accepted" || value === "closed" || value === "proposed";
const isBound = (value: unknown): value is number | null => value === null || isCount(value);

export function readOutcomes(value: unknown): Outcome[] {
  const { sessions } = must(value, isMembers, "outcome");
  return must(sessions, isList, "outcome").map(outcomeOf);
}

function outcomeOf(value: unknown): Outcome {
  const said = must(value, isMembers, "outcome");
  const stands = said.stands === null ? null : standsOf(must(said.stands, isMembers, "standing"));
  const all = <T>(of: unknown, read: (one: Members) => T): T[] =>
    must(of, isList, "outcome").map((one) => read(must(one, isMembers, "outcome")));
  return {
    session: must(said.session, isText, "session"),
    accepted: all(said.accepted, acceptedOf),
    repeated: all(said.repeated, repeatedOf),
    refused: all(said.refused, (one) => refusedOf(one, stands?.left)),
    stands,
  };
}

const factOf = (said: Members) => ({
  position: must(said.position, isOrdinal, "position"),
  at: must(said.at, isTime, "time"),
  n: must(said.n, isOrdinal, "n"),
  seq: must(said.seq, isOrdinal, "seq"),
});

const acceptedOf = (said: Members): Accepted => ({
  ...factOf(said),
  cause: must(said.cause, isCause, "cause"),
  sent: must(said.sent, isCount, "bytes"),
  envelopes: must(said.envelopes, isList, "segment").map((value) => {
    const one = must(value, isMembers, "segment");
    return {
      id: must(one.id, isEnvelope, "id"),
      digest: must(one.digest, isDigest, "digest"),
      ...readMarks(one),
    };
  }),
});

const repeatedOf = (said: Members): Repeated => ({
  id: must(said.id, isEnvelope, "id"),
  digest: must(said.digest, isDigest, "digest"),
  ...factOf(said),
});

const isRefusal = (value: unknown): value is ParleyRefusal => value !== undefined;
const refusedOf = (said: Members, left: LeftToSend | undefined) => ({
  id: must(said.id, isEnvelope, "id"),
  refusal: must(readRefusal(said.problem, left), isRefusal, "refusal"),
});

const standsOf = (said: Members): Stands => ({
  state: must(said.state, isState, "state"),
  left: leftOf(must(said.left, isMembers, "rest")),
  sendUpTo: creditOf(must(said.sendUpTo, isMembers, "credit")),
  head: said.head === null ? null : headOf(must(said.head, isMembers, "head")),
});

const leftOf = ({ envelopes, bytes, milliseconds }: Members): LeftToSend => ({
  envelopes: must(envelopes, isBound, "rest"),
  bytes: must(bytes, isBound, "rest"),
  milliseconds: must(milliseconds, isBound, "rest"),
});

const creditOf = ({ n, bytes }: Members): Credit => ({
  n: must(n, isCount, "credit"),
  bytes: must(bytes, isCount, "credit"),
});

const headOf = ({ position, hash }: Members): ChainHead => ({
  position: must(position, isCount, "head"),
  hash: must(hash, isDigest, "head"),
});
