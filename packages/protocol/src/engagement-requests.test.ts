import { describe, expect, test } from "vitest";
import {
  callSchema,
  catalogQuery,
  closeRequest,
  createContractRequest,
  createVersionRequest,
  publishRequest,
  sessionsQuery,
  statementRequest,
} from "./engagement-requests.js";
import { encodeId } from "./ids.js";
import { limits } from "./limits.js";
import { defaultContract, defaultTermsDigest } from "./terms.js";

const bytes = (n: number) => new Uint8Array(16).fill(n);
const session = encodeId("session", bytes(1));
const workgroup = (n: number) => encodeId("workgroup", bytes(n));

/** At the limit, and one past it. */
const edge = (most: number, accepts: (size: number) => boolean) => [accepts(most), accepts(most + 1)];
const many = <T>(count: number, of: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => of(n));

const advertisement = {
  capabilities: [{ name: "markets.equity" }],
  workgroups: [workgroup(1)],
  contract: { id: defaultContract, termsDigest: defaultTermsDigest },
  statement: "signed",
};
type Capability = Readonly<Record<string, unknown>>;
const publishes = (more: object) => publishRequest.safeParse({ ...advertisement, ...more }).success;
const offers = (...capabilities: readonly Capability[]) => publishes({ capabilities });

describe("publishing asks for", () => {
  test("a capability, a workgroup, a contract and a signature at least", () => {
    expect(publishes({})).toBe(true);
    expect([publishes({ description: "" }), publishes({ description: "Prices" })]).toEqual([true, true]);
    for (const part of Object.keys(advertisement)) expect(publishes({ [part]: undefined })).toBe(false);
    expect([offers(), publishes({ workgroups: [] })]).toEqual([false, false]);
  });

  test.each<[string, object, (string | number)[]]>([
    ["a text", { title: "a\u202eb" }, ["title"]],
    ["a text in a list within", { anyOf: [{}, { enum: ["x", "a\u0000"] }] }, ["anyOf", 1, "enum", 1]],
    ["a key", { properties: { "a\u0007": { type: "string" } } }, ["properties"]],
    ["a text that is not composed", { description: "e\u0301" }, ["description"]],
  ])("schemas that are plain text, and names where %s is not [NAM-1]", (_what, schema, at) => {
    for (const part of ["requestSchema", "responseSchema"]) {
      const capabilities = [{ name: "a", [part]: schema }];
      const { error } = publishRequest.safeParse({ ...advertisement, capabilities });
      expect(error?.issues.map(({ path }) => path)).toEqual([["capabilities", 0, part, ...at]]);
    }
    expect(offers({ name: "a", requestSchema: { title: "größer", enum: [1, null, true] } })).toBe(true);
  });

  test.each<[string, object]>([
    ["a capability twice", { capabilities: [{ name: "a" }, { name: "b" }, { name: "a" }] }],
    ["a capability in capitals", { capabilities: [{ name: "Markets" }] }],
    ["a capability that is a pattern", { capabilities: [{ name: "markets.*" }] }],
    ["an unknown part of a capability", { capabilities: [{ name: "a", price: 1 }] }],
    ["a schema that is no object", { capabilities: [{ name: "a", requestSchema: "string" }] }],
    ["a schema that is a list", { capabilities: [{ name: "a", responseSchema: [] }] }],
    ["metadata that is not flat", { capabilities: [{ name: "a", metadata: { a: { b: "c" } } }] }],
    ["metadata under a name in capitals", { capabilities: [{ name: "a", metadata: { A: "b" } }] }],
    ["another pattern", { patterns: ["broadcast"] }],
    ["a workgroup by name", { workgroups: ["acme/den"] }],
    ["a contract by name", { contract: { id: "default", termsDigest: defaultTermsDigest } }],
    ["a contract without its terms", { contract: { id: defaultContract } }],
    ["a description of two lines", { description: "a\nb" }],
    ["what the broker says", { state: "active" }],
  ])("not %s", (_title, more) => {
    expect(publishes(more)).toBe(false);
  });

  test("as many as the limits [LIM-1]", () => {
    const { capabilitiesPerAdvertisement, workgroupsPerAdvertisement, metadataPerCapability } = limits;
    expect(
      edge(capabilitiesPerAdvertisement, (n) => offers(...many(n, (at) => ({ name: `c${at}` })))),
    ).toEqual([true, false]);
    expect(edge(workgroupsPerAdvertisement, (n) => publishes({ workgroups: many(n, workgroup) }))).toEqual([
      true,
      false,
    ]);
    const entries = (count: number) => Object.fromEntries(many(count, (n) => [`k${n}`, "x"]));
    expect(edge(metadataPerCapability, (n) => offers({ name: "a", metadata: entries(n) }))).toEqual([
      true,
      false,
    ]);
    expect(edge(limits.descriptionLengthMax, (n) => publishes({ description: "x".repeat(n) }))).toEqual([
      true,
      false,
    ]);
  });

  test.each([
    ["letters of one byte", "x", 1],
    ["letters of three bytes", "日", 3],
    ["letters of four bytes", "😀", 4],
  ])("schemas of so many bytes, in %s [LIM-1]", (_title, letter, size) => {
    const frame = '{"title":""}'.length;
    const length = Math.floor((limits.schemaBytesMax - frame) / size);
    const rest = "x".repeat(limits.schemaBytesMax - frame - length * size);
    const title = letter.repeat(length) + rest;
    for (const part of ["requestSchema", "responseSchema"]) {
      expect([title, `${title}x`].map((text) => offers({ name: "a", [part]: { title: text } }))).toEqual([
        true,
        false,
      ]);
    }
  });
});

describe("a contract asks for", () => {
  const asked = { name: "equity-terms", terms: {}, statement: "signed" };

  test("a name that is an address, terms that may say nothing, and a signature", () => {
    expect(createContractRequest.safeParse(asked).success).toBe(true);
    for (const wrong of [
      { name: "Equity" },
      { terms: null },
      { terms: { words: 1 } },
      { statement: "" },
      { id: "ctr_1" },
    ]) {
      expect(createContractRequest.safeParse({ ...asked, ...wrong }).success).toBe(false);
    }
    const { name: _name, ...version } = asked;
    expect(createVersionRequest.safeParse(version).success).toBe(true);
    expect(createVersionRequest.safeParse(asked).success).toBe(false);
  });

  test("a statement as long as the limit [LIM-1]", () => {
    const accepts = (length: number) => statementRequest.safeParse({ statement: "x".repeat(length) }).success;
    expect(edge(limits.statementLengthMax, accepts)).toEqual([true, false]);
  });
});

describe("a search may ask for", () => {
  const searches = (more: object) => catalogQuery.safeParse(more).success;

  test.each<[string, object, boolean]>([
    ["nothing in particular", {}, true],
    ["a capability", { capability: "markets.equity" }, true],
    ["what begins so", { capability: "markets.*" }, true],
    ["a word inside of which is a star", { capability: "mark*" }, false],
    ["a pattern of the store", { capability: "mark%" }, false],
    ["words", { q: "équity 'OR 1=1" }, true],
    ["no words", { q: "" }, false],
    ["an interaction pattern", { pattern: "stream" }, true],
    ["another one", { pattern: "broadcast" }, false],
    ["who is there", { available: "true" }, true],
    ["who may be there", { available: "maybe" }, false],
    ["a workgroup", { workgroup: "acme/den" }, true],
    ["what it does not know", { score: "1" }, false],
  ])("%s", (_title, more, is) => {
    expect(searches(more)).toBe(is);
  });

  test("words as long as the limit [LIM-1]", () => {
    expect(edge(limits.searchLengthMax, (n) => searches({ q: "x".repeat(n) }))).toEqual([true, false]);
    expect(edge(limits.capabilityLengthMax, (n) => searches({ capability: "x".repeat(n) }))).toEqual([
      true,
      false,
    ]);
  });
});

test.each<[string, boolean]>([
  ["open", true],
  ["proposed", true],
  ["closed", true],
  ["rejected", false],
])("sessions are listed that are %s: %s", (state, is) => {
  expect(sessionsQuery.safeParse({ state }).success).toBe(is);
});

test("closing says why, or does not [LIM-1]", () => {
  const accepts = (body: unknown) => closeRequest.safeParse(body).success;
  expect([undefined, null, {}, { detail: "done" }].map(accepts)).toEqual([true, true, true, true]);
  expect([{ detail: "" }, { reason: "done" }, "done", { detail: "a\nb" }].map(accepts)).toEqual(
    Array(4).fill(false),
  );
  expect(edge(limits.detailLengthMax, (n) => accepts({ detail: "x".repeat(n) }))).toEqual([true, false]);
});

describe("a call over the socket [API-9]", () => {
  const calls = (call: object) => callSchema.safeParse({ id: "1", ...call }).success;
  const rows: readonly (readonly [string, object])[] = [
    ["propose", { statement: "signed" }],
    ["accept", { session, statement: "signed" }],
    ["reject", { session }],
    ["withdraw", { session }],
    ["join", { session }],
    ["close", { session, detail: "done" }],
    ["search", { capability: "markets.*", available: true, limit: 10 }],
    ["watch", { watch: "w1" }],
    ["unwatch", { watch: "w1" }],
    ["advertise", { name: "feed", ...advertisement }],
    ["retract", { name: "feed" }],
    ["serve", { capabilities: ["markets.equity"] }],
  ];

  test.each(rows)("%s takes what it needs, and nothing else", (call, rest) => {
    expect(calls({ call, ...rest })).toBe(true);
    expect(calls({ call, ...rest, id: undefined })).toBe(false);
    expect(calls({ call, ...rest, more: 1 })).toBe(false);
    for (const part of Object.keys(rest).filter(
      (one) => !["detail", "capability", "available", "limit"].includes(one),
    )) {
      expect(calls({ call, ...rest, [part]: undefined })).toBe(false);
    }
  });

  test("is of a kind that is known", () => {
    expect(calls({ call: "revoke", session })).toBe(false);
    expect(calls({ session })).toBe(false);
    expect(calls({ call: "join", session: workgroup(1) })).toBe(false);
    expect(
      calls({
        call: "advertise",
        name: "feed",
        ...advertisement,
        capabilities: [{ name: "a" }, { name: "a" }],
      }),
    ).toBe(false);
  });

  test("serves as many capabilities, and searches pages as long, as the limits [LIM-1]", () => {
    const { servedCapabilitiesPerConnection, pageMax } = limits;
    const serves = (n: number) => calls({ call: "serve", capabilities: many(n, (at) => `c${at}`) });
    expect([serves(0), ...edge(servedCapabilitiesPerConnection, serves)]).toEqual([true, true, false]);
    expect(edge(pageMax, (limit) => calls({ call: "search", limit }))).toEqual([true, false]);
  });
});
