/** What principals have signed says what its fact says: whatever of the two is changed, they do not agree any more. */
import { describe, expect, test } from "vitest";
import { type Before, boundIn } from "./bound-facts.js";
import { EnrolledKeys } from "./enrolled.js";
import { nothingChecked } from "./report.js";
import { StatementCheck, statementsRememberedMax } from "./statement-check.js";
import { keyOf, nodeCrypto } from "./testing/keys.js";
import {
  admin,
  home,
  idOf,
  issuer,
  madeStory,
  mine,
  replaced,
  signed,
  termsDigest,
} from "./testing/made-story.js";

const { log } = madeStory();
const told = log.leaves.flatMap((leaf) => ("own" in leaf ? [leaf.own] : leaf.facts));
const factOf = (kind: string, has = "") => {
  const fact = told.find(({ skeleton, contentText }) => skeleton.kind === kind && contentText.includes(has));
  if (fact === undefined) throw new TypeError(`there is no ${kind}`);
  const { data } = JSON.parse(fact.contentText) as { data: object };
  return { kind, stream: fact.skeleton.stream, at: fact.skeleton.at, data };
};
type Fact = ReturnType<typeof factOf>;
const proposedBefore = (fact: Fact): Before | undefined => {
  const proposal = told.find(
    ({ skeleton }) => skeleton.stream === fact.stream && skeleton.kind === "session.proposed",
  );
  return (
    proposal &&
    boundIn("session.proposed", JSON.parse(proposal.contentText).data, fact.stream, undefined)?.proposal
  );
};

function checker(of = issuer) {
  const enrolled = new EnrolledKeys();
  for (const [{ id }, { kid }, at] of [
    [admin, admin.key, 0],
    [mine, mine.key, 0],
    [mine, replaced, factOf("key.replaced").at],
  ] as const)
    enrolled.tell({ key: { principal: id, thumbprint: kid } }, at);
  const checked = nothingChecked();
  const check = new StatementCheck(nodeCrypto, { issuer: of, log: log.log }, enrolled, checked);
  return { check, checked };
}
async function judged(fact: Fact, { isWhole = true, of = issuer } = {}): Promise<string | undefined> {
  const bound = boundIn(fact.kind, fact.data, fact.stream, proposedBefore(fact));
  if (bound === undefined) return "fact.says";
  return (await checker(of).check.check(bound, { at: fact.at, isWhole }))?.what;
}

const facts = [
  factOf("session.proposed"),
  factOf("session.proposed", "to ask"),
  ...told
    .filter(({ skeleton }) => skeleton.kind === "session.accepted")
    .map(({ contentText }) => factOf("session.accepted", contentText)),
  factOf("workgroup.entered"),
  factOf("invitation.consented"),
  factOf("contract.created"),
  factOf("advertisement.published"),
];

/** Whatever is text in it, by its path. */
function textsIn(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value === "string") return [path];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => textsIn(each, [...path, key]));
}
/** Another of its kind: the last character but one is another. */
const otherThan = (text: string): string =>
  text.length < 2 ? `${text}x` : `${text.slice(0, -2)}${text.at(-2) === "2" ? "3" : "2"}${text.slice(-1)}`;
const withText = (value: object, [key = "", ...rest]: readonly string[]): object => {
  const each = (value as Record<string, unknown>)[key];
  const copy = {
    ...value,
    [key]: typeof each === "string" ? otherThan(each) : withText(each as object, rest),
  };
  return Array.isArray(value) ? Object.values(copy) : copy;
};
/** What no statement covers: names beside ids, and who is on the other side of the terms. */
const notSigned =
  /^(session\.id|session\.consumer|consumer\.|provider\.|participation\.|organisation\.name|session$|contract\.id$|version\.(contract|organisation)|advertisement\.(id|organisation)$)/;

describe("a fact and its statements [EVD-7]", () => {
  test.each(facts)("agree: $kind $stream", async (fact) => {
    expect(await judged(fact)).toBeUndefined();
    expect(await judged(fact, { isWhole: false })).toBeUndefined();
  });

  test("do not, with anything that is signed changed", async () => {
    const missed: string[] = [];
    let changes = 0;
    for (const fact of facts)
      for (const path of textsIn(fact.data)) {
        const name = path.join(".");
        const isSession = fact.kind === "session.accepted" && name === "session";
        if (notSigned.test(name) && !isSession) continue;
        // Who accepted for the broker's own open contract has signed nothing.
        const isOpen = fact.kind === "session.accepted" && !("statement" in fact.data && fact.data.statement);
        if (isOpen) continue;
        changes += 1;
        if ((await judged({ ...fact, data: withText(fact.data, path) })) === undefined)
          missed.push(`${fact.kind} ${name}`);
      }
    expect(missed).toEqual([]);
    expect(changes).toBe(60);
  });

  test("do not, for another broker", async () => {
    for (const fact of facts.filter(({ data }) => !("statement" in data) || data.statement !== null))
      expect(await judged(fact, { of: "https://other.example" })).toBe("statement.claims");
  });

  test("do not, where nobody has signed an acceptance that is not the broker's", async () => {
    const fact = factOf("session.accepted");
    expect(
      await judged({ ...fact, data: { ...fact.data, statement: null, life: { acceptedBy: mine.id } } }),
    ).toBe("fact.says");
  });
});

describe("a key [EVD-7]", () => {
  const version = (by: { readonly id: string; readonly key: ReturnType<typeof keyOf> }) => {
    const made = factOf("contract.created");
    const statement = signed("contract", by, { name: "standard", termsDigest });
    const { version: before } = made.data as { version: object };
    return { ...made, data: { ...made.data, version: { ...before, statement, by: by.id } } };
  };

  test("that was never enrolled speaks for nobody, where all of the own stream is there", async () => {
    const stranger = { id: idOf("operator", 7), key: keyOf("stranger") };
    expect(await judged(version(stranger))).toBe("statement.key");
    expect(await judged(version({ ...stranger, id: admin.id }))).toBe("statement.key");
    expect(await judged(version(stranger), { isWhole: false })).toBeUndefined();
  });

  test("that was replaced does not speak any more, and not before it was there", async () => {
    const at = factOf("key.replaced").at;
    for (const [key, time, is] of [
      [mine.key, at - 1, undefined],
      [mine.key, at + 1, "statement.key"],
      [replaced, at - 1, "statement.key"],
      [replaced, at + 1, undefined],
    ] as const)
      expect(await judged({ ...version({ id: mine.id, key }), at: time })).toBe(is);
  });

  test("of another organisation is counted", async () => {
    const { check, checked } = checker();
    const fact = factOf("invitation.consented");
    const bound = boundIn(fact.kind, fact.data, fact.stream, undefined);
    for (let again = 0; again < 3; again++)
      await check.check(bound ?? { statements: [], digests: [] }, { at: fact.at, isWhole: true });
    expect(checked).toMatchObject({ statements: 1, notEnrolled: 1 });
  });
});

test(`no more than ${statementsRememberedMax} are remembered, and one that was forgotten is verified again`, {
  timeout: 60_000,
}, async () => {
  let verified = 0;
  const counting = {
    ...nodeCrypto,
    verify: () => {
      verified += 1;
      return true;
    },
  };
  const check = new StatementCheck(counting, { issuer, log: log.log }, new EnrolledKeys(), nothingChecked());
  const [head, , signature] = signed("contract", admin, { name: "n", termsDigest }).split(".");
  const textOf = (n: number): string => {
    const payload = JSON.stringify({ iss: admin.id, aud: issuer, iat: n, name: "n", termsDigest });
    return `${head}.${Buffer.from(payload).toString("base64url")}.${signature}`;
  };
  const take = (n: number) => {
    const expected = { iss: admin.id };
    const one = {
      binding: "contract",
      text: textOf(n),
      expected,
      isEarlier: false,
      speaksFor: home,
    } as const;
    return check.check({ statements: [one], digests: [] }, { at: 1, isWhole: false });
  };
  for (let n = 0; n < statementsRememberedMax; n++) await take(n);
  await take(0);
  expect(verified).toBe(statementsRememberedMax);
  await take(statementsRememberedMax);
  await take(0);
  expect(verified).toBe(statementsRememberedMax + 2);
});
