import { describe, expect, test } from "vitest";
import { encodeId } from "./ids.js";
import {
  advertisementText,
  type Charter,
  charterText,
  completeAdvertisement,
  type SaidAdvertisement,
} from "./signed-content.js";

const bytes = (n: number) => new Uint8Array(16).fill(n);
const organisation = (n: number) => encodeId("organisation", bytes(n));
const workgroup = (n: number) => encodeId("workgroup", bytes(n));

const charter: Charter = {
  workgroup: {
    id: workgroup(1),
    name: "channel",
    purpose: "Prices",
    rules: "",
    admission: "unanimous",
    owner: organisation(1),
  },
  organisations: [
    { id: organisation(1), name: "acme" },
    { id: organisation(2), name: "borealis" },
  ],
  invitation: {
    id: encodeId("invitation", bytes(1)),
    organisation: organisation(3),
    as: "member",
    introduction: "They sell weather",
  },
};

describe("what an organisation consents to [STM-7]", () => {
  const text = charterText(charter);

  test("is the workgroup, who is in, and what is asked, in canonical JSON", () => {
    expect(JSON.parse(text)).toEqual(charter);
    expect(text.startsWith('{"invitation":{"as":"member","id":"inv_')).toBe(true);
  });

  test("is the same in whatever order who is in is listed", () => {
    const reversed = { ...charter, organisations: charter.organisations.toReversed() };
    expect(charterText(reversed)).toBe(text);
  });

  test("leaves out what else a view of it carries", () => {
    const view = {
      ...charter,
      workgroup: { ...charter.workgroup, state: "active" },
      organisations: charter.organisations.map((one) => ({ ...one, since: "2026-01-01T00:00:00.000Z" })),
      invitation: { ...charter.invitation, state: "open" },
      state: "open",
    };
    expect(charterText(view)).toBe(text);
  });

  const { workgroup: group, invitation, organisations } = charter;
  test.each<[string, Charter]>([
    ["another workgroup", { ...charter, workgroup: { ...group, id: workgroup(2) } }],
    ["another name", { ...charter, workgroup: { ...group, name: "canal" } }],
    ["another purpose", { ...charter, workgroup: { ...group, purpose: "Orders" } }],
    ["other rules", { ...charter, workgroup: { ...group, rules: "None" } }],
    ["another admission", { ...charter, workgroup: { ...group, admission: "owner" } }],
    ["another owner", { ...charter, workgroup: { ...group, owner: organisation(2) } }],
    ["one more in it", { ...charter, organisations: [...organisations, { id: organisation(4), name: "d" }] }],
    ["one fewer in it", { ...charter, organisations: organisations.slice(1) }],
    [
      "one under another name",
      { ...charter, organisations: organisations.map(({ id }) => ({ id, name: "x" })) },
    ],
    ["somebody else invited", { ...charter, invitation: { ...invitation, organisation: organisation(5) } }],
    ["another part in it", { ...charter, invitation: { ...invitation, as: "owner" } }],
    ["another introduction", { ...charter, invitation: { ...invitation, introduction: "" } }],
    [
      "another invitation",
      { ...charter, invitation: { ...invitation, id: encodeId("invitation", bytes(2)) } },
    ],
  ])("is another with %s", (_title, other) => {
    expect(charterText(other)).not.toBe(text);
  });
});

describe("an advertisement, complete", () => {
  const said: SaidAdvertisement = {
    agent: encodeId("agent", bytes(1)),
    name: "feed",
    capabilities: [{ name: "markets.equity" }],
    workgroups: [workgroup(2), workgroup(1)],
    contract: { id: encodeId("contract", bytes(1)), termsDigest: "digest" },
  };
  const content = completeAdvertisement(said);

  test("has every absent part written in", () => {
    expect(content).toEqual({
      ...said,
      description: "",
      capabilities: [
        { name: "markets.equity", description: "", requestSchema: null, responseSchema: null, metadata: {} },
      ],
      patterns: ["request-response"],
      workgroups: [workgroup(1), workgroup(2)],
    });
  });

  test("keeps what is said, in the order of capabilities, and nothing that does not belong to it", () => {
    const full = {
      ...said,
      description: "Prices",
      capabilities: [
        {
          name: "b",
          description: "B",
          requestSchema: { type: "object" },
          responseSchema: {},
          metadata: { a: "b" },
        },
        { name: "a", description: "A", requestSchema: null, responseSchema: null, metadata: {} },
      ],
      patterns: ["stream", "custom"] as const,
    };
    const { patterns, capabilities, description } = completeAdvertisement({
      ...full,
      contract: { ...said.contract, ...{ terms: {} } },
      ...{ statement: "signed" },
    });
    expect({ patterns, capabilities, description }).toEqual({
      patterns: ["custom", "stream"],
      capabilities: full.capabilities,
      description: "Prices",
    });
    const more = { ...said, statement: "signed", state: "active" };
    expect(advertisementText(completeAdvertisement(more))).toBe(advertisementText(content));
  });

  test("is the same in whatever order, and however often, workgroups and patterns are named [STM-7]", () => {
    const again = completeAdvertisement({
      ...said,
      workgroups: [workgroup(1), workgroup(2), workgroup(1)],
      patterns: ["request-response", "request-response"],
    });
    expect(advertisementText(again)).toBe(advertisementText(content));
    expect(advertisementText(completeAdvertisement(content))).toBe(advertisementText(content));
  });
});
