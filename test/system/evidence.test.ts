/**
 * What a real broker writes, verified from outside: its facts as an admin reads them over REST, put into a log by the rules
 * of the page, signed with the broker's own key, given to `parley audit verify`.
 */
import { createPrivateKey, hash, sign } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Agent, BrokerClient } from "@parley/agent-sdk";
import {
  Cover,
  canonicalJson,
  checkpointLine,
  checkpointText,
  type EvidenceCrypto,
  factLine,
  headerLine,
  headLine,
  headText,
  type Json,
  keyLine,
  leafHash,
  originOf,
  receiptLine,
  receiptOf,
  receiptText,
  type SharedHead,
  signedCheckpoint,
  skeletonText,
} from "@parley/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BrokerProcess, removeFolder, startBroker } from "../fixtures/broker-process.js";
import { type Seat, takeSeat } from "../fixtures/command-line.js";
import { openChannel, openPlatform, type Party } from "../fixtures/companies.js";
import { readWith, type Told } from "../fixtures/told-facts.js";

const crypto: EvidenceCrypto = {
  sha256: (data) => hash("sha256", data, "base64url"),
  verify: () => false,
};

let broker: BrokerProcess;
let seat: Seat;
let offering: Party;
let engaging: Party;
const agents: Agent[] = [];
const sessions: string[] = [];

/** Two sessions: one under terms of the provider's own that its instance accepts, one under terms that are open. */
beforeAll(async () => {
  broker = await startBroker();
  seat = takeSeat();
  const platform = await openPlatform(broker);
  ({ offering, engaging } = await openChannel(platform, ["markets-co", "feed"], ["bank", "research"]));
  const [provider, consumer] = [await offering.desk.connect(), await engaging.desk.connect()];
  agents.push(provider, consumer);
  for (const acceptance of ["open", "provider"] as const)
    await provider.advertise(acceptance, {
      capabilities: [{ name: `markets.${acceptance}` }],
      workgroups: ["markets-co/channel"],
      contract: { name: acceptance, terms: { acceptance } },
    });
  for (const name of ["open", "provider"])
    provider.serve(`markets.${name}`, async (session) => {
      for await (const envelope of session)
        await session.reply(envelope, "markets.answer", { to: envelope.json() });
    });
  for (const capability of ["markets.open", "markets.provider"]) {
    const [offer] = await consumer.catalog.search({ capability });
    if (offer === undefined) throw new TypeError(`nobody offers ${capability}`);
    const session = await consumer.engage(offer, { purpose: "to “know”" });
    sessions.push(session.id);
    for (let n = 0; n < 3; n++) await session.request("markets.ask", { n });
    await session.close();
  }
});

afterAll(async () => {
  for (const agent of agents) await agent.close();
  seat.leave();
  await broker.stop();
  removeFolder(broker.data);
});

interface FileKey {
  readonly use: string;
  readonly kid: string;
  readonly x: string;
  readonly d: string;
}
const keyOf = (use: string): FileKey => {
  const { signing } = JSON.parse(readFileSync(join(broker.data, "keys.json"), "utf8")) as {
    signing: FileKey[];
  };
  const key = signing.find((one) => one.use === use);
  if (key === undefined) throw new TypeError(`there is no key for ${use}`);
  return key;
};
const signedBy = ({ x, d }: FileKey, text: string): Uint8Array => {
  const key = createPrivateKey({ key: { kty: "OKP", crv: "Ed25519", x, d }, format: "jwk" });
  return new Uint8Array(sign(null, Buffer.from(text), key));
};

/** The items of a log: own facts as they happened, and at the end of each second the heads of what changed in it. */
function itemsOf(
  own: readonly Told[],
  shared: readonly (readonly Told[])[],
): { lines: string[]; cover: Cover } {
  const cover = new Cover(crypto);
  const lines: string[] = [];
  const secondOf = ({ skeleton }: Told): number => Math.floor(skeleton.at / 1_000);
  const seconds = [...new Set([own, ...shared].flat().map(secondOf))].sort((a, b) => a - b);
  for (const second of seconds) {
    const isThen = (fact: Told): boolean => secondOf(fact) === second;
    for (const fact of own.filter(isThen)) {
      lines.push(factLine(skeletonText(fact.skeleton), fact.contentText));
      cover.add(0, leafHash(skeletonText(fact.skeleton), crypto));
    }
    for (const facts of shared.map((stream) => stream.filter(isThen))) {
      const last = facts.at(-1);
      if (last === undefined) continue;
      const { position, stream } = last.skeleton;
      const head: SharedHead = { hash: last.hash, position, second, stream };
      lines.push(
        ...facts.map((fact) => factLine(skeletonText(fact.skeleton), fact.contentText)),
        headLine(head),
      );
      cover.add(0, leafHash(headText(head), crypto));
    }
  }
  return { lines, cover };
}

function receiptOfSession(facts: readonly Told[]): string {
  const key = keyOf("receipt");
  const part = (text: string): string => Buffer.from(text).toString("base64url");
  const told = facts.map(({ skeleton, hash: of, contentText }) => ({
    skeleton,
    hash: of,
    content: JSON.parse(contentText) as unknown,
  }));
  const header = JSON.stringify({ alg: "EdDSA", kid: key.kid, typ: "parley-receipt+jwt" });
  const signed = `${part(header)}.${part(receiptText(receiptOf(broker.url, told)))}`;
  return `${signed}.${Buffer.from(signedBy(key, signed)).toString("base64url")}`;
}

async function bundleFor({ company }: Party): Promise<string> {
  const admin: BrokerClient = company.admin;
  const read = (stream?: string) => readWith(admin, stream);
  const own = await read();
  const { items } = await admin
    .send({ method: "GET", path: "/v1/workgroups" })
    .then(({ body }) => body as { items: { id: string }[] });
  const streams = [...items.map(({ id }) => `workgroup:${id}`), ...sessions.map((id) => `session:${id}`)];
  const shared = await Promise.all(streams.map(read));
  const { lines, cover } = itemsOf(own, shared);
  const log = `org:${company.id}`;
  const [key, receiptKey] = [keyOf("checkpoint"), keyOf("receipt")];
  const checkpoint = { origin: originOf(broker.url, log, 1), size: cover.size, root: cover.root() };
  const note = signedCheckpoint(checkpoint, key.x, signedBy(key, checkpointText(checkpoint)), crypto);
  const all = [
    headerLine(
      JSON.parse(
        canonicalJson({
          bundle: "parley/1",
          era: 1,
          issuer: broker.url,
          log,
          scope: { from: null, to: null },
        } as Json),
      ),
    ),
    keyLine({ endorsement: null, kid: key.kid, use: "checkpoint", x: key.x }),
    keyLine({ endorsement: null, kid: receiptKey.kid, use: "receipt", x: receiptKey.x }),
    checkpointLine(note),
    ...lines,
    ...shared
      .filter((facts) => facts.at(-1)?.skeleton.kind === "session.closed")
      .map((facts) => receiptLine(receiptOfSession(facts))),
  ];
  return all.map((line) => `${line}\n`).join("");
}

test.each([
  ["who offers", () => offering, 0],
  ["who engages", () => engaging, 0],
])(
  "the whole record of %s verifies, signatures, keys and receipts included [EVD-4] [EVD-7]",
  async (_who, party) => {
    const file = join(seat.home, `${party().company.name}.ndjson`);
    writeFileSync(file, await bundleFor(party()));
    const { code, out } = await seat.run([
      "audit",
      "verify",
      file,
      "--json",
      "--key",
      keyOf("checkpoint").kid,
    ]);
    const report = JSON.parse(out) as { checked: Record<string, number> };
    expect(report).toMatchObject({ ok: true, checked: { sessions: 2, receipts: 2, removed: 0, skipped: 0 } });
    expect(report.checked.statements).toBeGreaterThanOrEqual(7);
    expect(code).toBe(0);
  },
);

test("one letter of a real record changed is refused", async () => {
  const text = (await bundleFor(engaging)).replace("completed_by_consumer", "completed_by_provider");
  const { code, out } = await seat.run(["audit", "verify", "-"], text);
  expect([code, out.split("\n")[0]]).toEqual([
    1,
    "refused: this is not what the broker has signed for (fact.content)",
  ]);
});
