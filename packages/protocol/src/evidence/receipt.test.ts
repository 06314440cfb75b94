/** A receipt is folded from its session's chain, and says the same of the same session [EVD-6]. */
import { describe, expect, test } from "vitest";
import {
  otherTypes,
  type ReceiptFact,
  ReceiptFold,
  receiptClaims,
  receiptOf,
  receiptText,
  receiptTypesMax,
} from "./receipt.js";
import { idOf, issuer, madeStory, mine, theirs } from "./testing/made-story.js";

const { log, sessions } = madeStory();
const [session = ""] = sessions;
const factsOf = (id: string): ReceiptFact[] =>
  log.factsOf(`session:${id}`).map(({ skeleton, hash, contentText }) => ({
    ...{ skeleton, hash, content: JSON.parse(contentText) as unknown },
  }));
const facts = factsOf(session);
const at = (kind: string, of = facts): ReceiptFact => {
  const found = of.find(({ skeleton }) => skeleton.kind === kind);
  if (found === undefined) throw new TypeError(`there is no ${kind}`);
  return found;
};
const time = ({ skeleton }: ReceiptFact): string => new Date(skeleton.at).toISOString();
const foldOf = (told: readonly ReceiptFact[]) => {
  const fold = new ReceiptFold(issuer);
  for (const fact of told) fold.add(fact);
  return fold.claims();
};

describe("a receipt", () => {
  test("says who, what, under which terms, how much, why it ended", () => {
    const claims = receiptOf(issuer, facts);
    expect(receiptClaims.parse(claims)).toEqual(claims);
    expect(claims).toMatchObject({
      ...{ iss: issuer, session, capability: "markets.equity" },
      iat: Math.floor(at("session.closed").skeleton.at / 1_000),
      consumer: { agent: mine.agent, instances: [mine.id], envelopes: 2, bytes: 200, types: { ask: 2 } },
      provider: {
        ...{ agent: theirs.agent, instances: [theirs.id, idOf("instance", 9)] },
        ...{ envelopes: 1, bytes: 100, types: { "10": 1 } },
      },
      agreements: { contract: null, acceptance: null },
      proposedAt: time(at("session.proposed")),
      acceptedAt: time(at("session.accepted")),
      activeAt: time(at("session.activated")),
      closed: {
        at: time(at("session.closed")),
        reason: "completed_by_consumer",
        by: mine.id,
        side: null,
        rule: null,
      },
      firstSentAt: time(at("session.sent")),
      lastSentAt: time(at("session.sent", facts.toReversed())),
      head: { position: facts.length, hash: facts.at(-1)?.hash },
    });
  });

  test("has the acceptance where one was signed", () => {
    const { agreements } = receiptOf(issuer, factsOf(sessions[1] ?? ""));
    expect(Object.values(agreements).every((text) => typeof text === "string")).toBe(true);
  });

  test("is one text, in canonical order", () => {
    const text = receiptText(receiptOf(issuer, facts));
    expect(text).toBe(receiptText(receiptOf(issuer, facts)));
    expect(text).toMatch(/^\{"acceptedAt":.*,"workgroup":"wkg_[^"]*"\}$/);
  });

  test("of a session that was never accepted has no times for what did not happen", () => {
    const closed = at("session.closed");
    const rejected = { ...closed, skeleton: { ...closed.skeleton, position: 2 } };
    expect(receiptOf(issuer, [at("session.proposed"), rejected])).toMatchObject({
      ...{ acceptedAt: null, activeAt: null, firstSentAt: null, lastSentAt: null },
      consumer: { instances: [], envelopes: 0, bytes: 0, types: {} },
      head: { position: 2 },
    });
  });
});

describe("no receipt is made", () => {
  test.each([
    ["before the close", facts.slice(0, -1)],
    ["without the first fact", facts.slice(1)],
    ["with a fact left out", facts.toSpliced(4, 1)],
    ["with a fact twice", facts.toSpliced(4, 0, facts[4] as ReceiptFact)],
    [
      "with a fact after the close",
      [
        ...facts,
        {
          ...at("session.activated"),
          skeleton: { ...at("session.activated").skeleton, position: facts.length + 1 },
        },
      ],
    ],
  ])("%s", (_what, told) => {
    expect(foldOf(told)).toBeUndefined();
    expect(() => receiptOf(issuer, told)).toThrow(TypeError);
  });

  test.each(facts.map((fact, index) => [index, fact.skeleton.kind] as const))(
    "when fact %d, %s, has no content, or another",
    (index) => {
      for (const content of [null, {}, { data: null }, { data: [] }, [], "x"]) {
        const told = facts.map((fact, where) => (where === index ? { ...fact, content } : fact));
        expect(foldOf(told)).toBeUndefined();
      }
    },
  );
});

describe("types of envelopes", () => {
  const sent = at("session.sent");
  /** Of the chain, with so many different types in place of the first segment. */
  const withTypes = (count: number) => {
    const types = Array.from({ length: count }, (_, index) => `t${index}`);
    const entries = [...types, ...types].map((type) => ({ header: JSON.stringify({ type }) }));
    const content = { data: { ...(sent.content as { data: object }).data, entries } };
    return receiptOf(issuer, facts.with(facts.indexOf(sent), { ...sent, content })).consumer;
  };

  test(`are counted by themselves up to ${receiptTypesMax}, and what is beyond together`, () => {
    const atLimit = withTypes(receiptTypesMax - 1);
    expect(Object.keys(atLimit.types)).toHaveLength(receiptTypesMax);
    expect(atLimit.types).toMatchObject({ t0: 2, [`t${receiptTypesMax - 2}`]: 2, ask: 1 });
    expect(atLimit.types[otherTypes]).toBeUndefined();
    const past = withTypes(receiptTypesMax + 1);
    expect(past.types).toMatchObject({ t0: 2, [`t${receiptTypesMax - 1}`]: 2, [otherTypes]: 3 });
    expect(past.envelopes).toBe(2 * receiptTypesMax + 3);
  });

  test("are not made up: a header without one is none", () => {
    for (const header of ["", "{", "null", "[]", "{}", '{"type":1}']) {
      const content = { data: { ...(sent.content as { data: object }).data, entries: [{ header }] } };
      expect(foldOf(facts.with(facts.indexOf(sent), { ...sent, content }))).toBeUndefined();
    }
  });
});
