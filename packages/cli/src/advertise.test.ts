/** What is published again by flags loses nothing that flags cannot say, and a file says all of it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultContract, makeId } from "@parley/protocol";
import { afterAll, describe, expect, test } from "vitest";
import { refusal, run } from "./testing/desk.js";
import { advertisement, contract, workgroup } from "./testing/engagement-views.js";
import { agent } from "./testing/views.js";

const path = `/v1/agents/${agent.id}/advertisements/equities`;
const group = `/v1/workgroups/${encodeURIComponent(workgroup.address)}`;
const rich = {
  name: "markets.equity",
  description: "prices",
  requestSchema: { type: "object" },
  responseSchema: null,
  metadata: { venue: "xnys" },
};
const published = { ...advertisement, version: 7, capabilities: [rich] };
const replies = {
  [`GET /v1/agents/${agent.id}`]: agent,
  [`GET ${group}`]: workgroup,
  [`GET /v1/workgroups/${workgroup.id}`]: workgroup,
  [`GET /v1/contracts/${contract.id}`]: contract,
  [`PUT ${path}`]: published,
};
const flags = `--workgroup ${workgroup.address} --contract ${contract.id}`;
const line = `advertise ${agent.id} equities`;

describe("by flags", () => {
  const known = { ...replies, [`GET ${path}`]: published };

  test("schemas and metadata that stand are kept, and it is said so", async () => {
    const ran = await run(`${line} ${flags} --capability markets.equity=live markets.bonds`, {
      replies: known,
    });
    const put = ran.asked.at(-1);
    expect([ran.code, put?.method, put?.ifMatch]).toEqual([0, "PUT", 7]);
    const capabilities = [{ ...rich, description: "live" }, { name: "markets.bonds" }];
    expect(put?.body).toMatchObject({ capabilities });
    expect(ran.signedOver).toMatchObject([{ capabilities }]);
    expect(ran.notes).toBe(
      "Kept of markets.equity: the schema of its requests, its metadata. Only --file changes them.",
    );
  });

  test("terms that bind now are not exchanged for the default ones without a word", async () => {
    const asked = `${line} --workgroup ${workgroup.address} --capability markets.equity`;
    const ran = await run(asked, { replies: known });
    expect([ran.code, ran.signed]).toEqual([2, []]);
    expect(ran.notes).toContain(`--contract ${contract.id}`);
  });

  test("what is refused has kept nothing", async () => {
    const refused = { ...known, [`PUT ${path}`]: refusal({ code: "precondition.failed" }) };
    const ran = await run(`${line} ${flags} --capability markets.equity`, { replies: refused });
    expect(ran.code).toBe(1);
    expect(ran.notes).toContain("precondition.failed");
    expect(ran.notes).not.toContain("Kept");
  });

  test("what is retracted has nothing to keep, and no terms to ask about; only that is replaced", async () => {
    const retracted = { ...replies, [`GET ${path}`]: { ...published, state: "retracted" } };
    const own = await run(`${line} ${flags} --capability markets.equity`, { replies: retracted });
    expect([own.code, own.notes, own.asked.at(-1)?.ifMatch]).toEqual([0, "", 7]);
    expect(own.asked.at(-1)?.body).toHaveProperty("capabilities", [{ name: "markets.equity" }]);
    const unnamed = `${line} --workgroup ${workgroup.address} --capability markets.equity`;
    const ran = await run(unnamed, {
      replies: {
        ...retracted,
        [`GET /v1/contracts/${defaultContract}`]: { ...contract, id: defaultContract },
      },
    });
    expect([ran.code, ran.asked.at(-1)?.ifMatch]).toEqual([0, 7]);
    expect(ran.asked.at(-1)?.body).toMatchObject({ contract: { id: defaultContract } });
  });

  test("what was never published has nothing to keep", async () => {
    const ran = await run(`${line} ${flags} --capability markets.equity`, { replies });
    const put = ran.asked.at(-1);
    expect([ran.code, put?.ifMatch, ran.notes]).toEqual([0, undefined, ""]);
    expect(put?.body).toMatchObject({ capabilities: [{ name: "markets.equity" }] });
  });

  test.each([
    ["no capability", flags, "--capability"],
    ["no workgroup", "--capability markets.equity", "--workgroup"],
    ["a capability beside a file", `${flags} --capability c --file -`, "--capability"],
  ])("with %s nothing is signed", async (_what, options, says) => {
    const ran = await run(`${line} ${options}`, { replies });
    expect([ran.code, ran.signed]).toEqual([2, []]);
    expect(ran.notes).toContain(says);
  });
});

describe("by a file", () => {
  const folder = mkdtempSync(join(tmpdir(), "parley-offer-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "offer.json");
  const filed = (offer: unknown) => {
    writeFileSync(file, typeof offer === "string" ? offer : JSON.stringify(offer));
    return `${line} --file ${file}`;
  };
  const offer = { capabilities: [rich], workgroups: [workgroup.address], contract: contract.id };

  test("all that it says is signed and published, and nothing else is", async () => {
    const ran = await run(filed({ ...offer, description: "from a file", patterns: ["stream"] }), { replies });
    const { termsDigest } = contract.latest;
    const said = {
      description: "from a file",
      capabilities: [rich],
      patterns: ["stream"],
      workgroups: [workgroup.id],
      contract: { id: contract.id, termsDigest },
    };
    expect([ran.code, ran.notes]).toEqual([0, ""]);
    expect(ran.asked.at(-1)?.body).toEqual({ ...said, statement: "signed-advertisement" });
    expect(ran.signedOver).toEqual([{ agent: agent.id, name: "equities", ...said }]);
  });

  test("as --json shows what is published, and from standard input", async () => {
    const ran = await run(`${line} --file -`, { replies, input: JSON.stringify(published) });
    expect(ran.code).toBe(0);
    expect(ran.asked.at(-1)?.body).toMatchObject({
      description: published.description,
      capabilities: [rich],
      workgroups: [workgroup.id],
      contract: { id: contract.id },
    });
  });

  test("terms that bind now are not exchanged for the default ones without a word either", async () => {
    const known = { ...replies, [`GET ${path}`]: published };
    const unnamed = filed({ ...offer, contract: undefined });
    const ran = await run(unnamed, { replies: known });
    expect([ran.code, ran.signed]).toEqual([2, []]);
    expect(ran.notes).toContain(`--contract ${contract.id}`);
    const named = await run(`${unnamed} --contract ${contract.id}`, { replies: known });
    expect([named.code, named.signed]).toEqual([0, ["advertisement"]]);
  });

  test("what stands is looked at, and nothing of it is kept", async () => {
    const bare = { name: rich.name };
    const ran = await run(filed({ ...offer, capabilities: [bare] }), {
      replies: { ...replies, [`GET ${path}`]: published },
    });
    const put = ran.asked.at(-1);
    expect([ran.code, ran.notes, put?.method, put?.ifMatch]).toEqual([0, "", "PUT", 7]);
    expect(put?.body).toHaveProperty("capabilities", [bare]);
  });

  test.each([
    ["under another name", { name: "bonds" }, "bonds"],
    ["of another agent", { agent: { id: makeId("agent"), name: agent.name } }, "agt_"],
    ["of an agent of another name", { agent: "fx-feed" }, "fx-feed"],
  ])("what was written for an offer %s is not published as this one", async (_what, other, says) => {
    const ran = await run(filed({ ...published, ...other }), { replies });
    expect([ran.code, ran.signed, ran.asked.map(({ method }) => method)]).toEqual([2, [], ["GET"]]);
    expect(ran.notes).toContain("the file is of another offer");
    expect(ran.notes).toContain(says);
  });

  test("the version that the file was made of is replaced, and none that was published since", async () => {
    const since = { ...replies, [`GET ${path}`]: { ...published, version: 8 } };
    expect((await run(filed(published), { replies: since })).asked.at(-1)?.ifMatch).toBe(7);
    const unversioned = filed({ ...published, name: "equities", agent: agent.name, version: null });
    expect((await run(unversioned, { replies: since })).asked.at(-1)?.ifMatch).toBe(8);
  });

  test("a flag counts before the file", async () => {
    const ran = await run(`${filed(offer)} --description shorter --pattern custom`, { replies });
    expect(ran.asked.at(-1)?.body).toMatchObject({ description: "shorter", patterns: ["custom"] });
  });

  test("terms that are not the contract's any more are not signed", async () => {
    const old = { ...offer, contract: { id: contract.id, termsDigest: "d".repeat(43) } };
    const ran = await run(filed(old), { replies });
    expect([ran.code, ran.signed]).toEqual([1, []]);
    const anew = await run(`${filed(old)} --contract ${contract.id}`, { replies });
    expect([anew.code, anew.signed]).toEqual([0, ["advertisement"]]);
  });

  test.each([
    ["no JSON", "{", "not JSON"],
    ["another field", { ...offer, capabilites: [] }, "capabilites"],
    ["no capability", { ...offer, capabilities: [] }, "capabilities"],
    ["no workgroup", { capabilities: [rich] }, "--workgroup"],
  ])("%s is no offer", async (_what, text, says) => {
    const ran = await run(filed(text), { replies });
    expect([ran.code, ran.signed]).toEqual([2, []]);
    expect(ran.notes).toContain(says);
  });

  test("a file that is not there is said to be so", async () => {
    const ran = await run(`${line} --file ${folder}/none.json`, { replies });
    expect([ran.code, ran.signed]).toEqual([2, []]);
    expect(ran.notes).toContain("cannot be read");
  });
});
