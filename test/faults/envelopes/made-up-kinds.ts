/** The made-up session as one of another kind: handed over, under terms on trial, or run out. Each of them is in order. */
import { type Terms, termsText } from "@parley/protocol";
import { sha256 } from "../../fixtures/signing.js";
import type { Seen, SeenAs } from "./history.js";
import * as up from "./made-up.js";
import { entry, fact, isOf, type Made, record } from "./planting.js";
import type { Mark, RecordedFact } from "./reader.js";

const before = { instance: "ins_c", connection: 1 };
export const next = { instance: "ins_d", connection: 3 };

/** In its place by its position. */
export const withFact = (made: Made, more: RecordedFact): Made =>
  record(made, {
    facts: [...made.record.facts, more].toSorted((one, other) => one.position - other.position),
  });

export const closedAs = (made: Made, at: number, life: { reason: string; by: string; closedAt: number }) => {
  const { closedAt, ...ending } = life;
  const data = made.record.facts.find(({ kind }) => kind === "session.closed")?.data;
  return fact(made, "session.closed", { at, data: { ...data, life: { closedAt, ending } } });
};

const speaksNext = (each: Seen): Seen => {
  if (each.what === "delivered" && each.sender === before.instance) return { ...each, sender: next.instance };
  return "connection" in each && each.connection === before.connection
    ? ({ ...each, ...next } as Seen)
    : each;
};

/** The consumer leaves with one envelope unhandled, and its sibling goes on, after the grace of a second. */
export function handedOver(made: Made): Made {
  const at = made.seen.findIndex((each) => each.what === "acknowledged" && each.side === "consumer");
  const given = made.seen[at - 1] as SeenAs<"delivered">;
  const seen: Seen[] = [
    ...made.seen.slice(0, at),
    { what: "lost", ...before, isGoodbye: false, atMs: up.beganAt + 1_400 },
    { what: "opened", ...next, epoch: 1, atMs: up.beganAt },
    { what: "joined", cursor: null, after: 0, missing: [], ...up.spoken("consumer"), ...next },
    { ...given, ...next, isAgain: true },
    ...made.seen.slice(at).map(speaksNext),
  ];
  const data = { side: "consumer", from: before.instance, to: next.instance };
  const handed = withFact(made, { position: 7.5, kind: "session.handed-over", at: up.beganAt + 2_500, data });
  const sent = entry(handed, 2, { instance: next.instance });
  const ending = { reason: "completed_by_consumer", by: next.instance };
  return { ...closedAs(sent, up.beganAt + 5_000, { closedAt: up.beganAt + 5_000, ...ending }), seen };
}

const ofType: Mark = { rule: "messageTypes", at: "envelope" };

/** The first envelope is of a type that is not listed, which is on trial until the last comes. */
export function onTrial(made: Made): Made {
  const terms: Terms = {
    ...made.record.terms,
    messageTypes: [{ type: "talk.*", from: "either" }],
    observe: {
      until: new Date(up.beganAt + 3_500).toISOString(),
      terms: ["messageTypes", "maxEnvelopeBytes"],
    },
  };
  const termsDigest = sha256(termsText(terms));
  const agreed = fact(record(made, { terms, termsDigest }), "session.proposed", {
    data: { session: { terms } },
  });
  const seen = made.seen.map((each): Seen => {
    if (each.what === "engaged") return { ...each, terms: termsDigest };
    return isOf("delivered", 1)(each) && "side" in each && each.side === "provider"
      ? ({ ...each, wouldRefuse: [ofType] } as Seen)
      : each;
  });
  return { ...entry(agreed, 0, { wouldRefuse: [ofType] }), seen };
}

/** When the last envelope was so long ago. */
export const idleAt = up.beganAt + 34_000;

export const ranOut = (made: Made): Made =>
  closedAs(made, idleAt + 10, { closedAt: idleAt, reason: "idle_timeout", by: "broker" });
