/**
 * How many records a second a bundle is verified at, on one thread, beside plain SHA-256 over the same bytes. Two kinds of
 * record: facts of an organisation's own stream, each a leaf of its log, and segments of envelopes, one head to ten of
 * them. Rounds take turns; medians of the time that the process had are printed, and `--json` prints every round.
 *
 *   node bench/evidence.mjs [--rounds 5] [--records 100000] [--json]
 */
import { createHash, generateKeyPairSync, hash, sign, verify } from "node:crypto";
import { parseArgs } from "node:util";

const protocol = await import(new URL("../packages/protocol/dist/index.js", import.meta.url).href);
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    records: { type: "string", default: "100000" },
    json: { type: "boolean", default: false },
  },
});
const [rounds, records] = [Number(values.rounds), Number(values.records)];

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const { x } = publicKey.export({ format: "jwk" });
const crypto = {
  sha256: (data) => hash("sha256", data, "base64url"),
  verify: (_x, signature, message) => verify(null, message, publicKey, signature),
};
const kid = crypto.sha256(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`);
const issuer = "https://parley.example";
const organisation = "org_01jqx9vk3m8e5s2r7t4w6y0a1b";
const log = `org:${organisation}`;
const session = "ses_01jqx9vk3m8e5s2r7t4w6y0a1b";

/** The leaves of a log, and the lines that show them. */
class Made {
  lines = [];
  cover = new protocol.Cover(crypto);
  heads = new Map();

  fact(stream, kind, at, content) {
    const before = this.heads.get(stream) ?? { position: 0, hash: "A".repeat(43) };
    const contentText = protocol.canonicalJson(content);
    const skeleton = {
      ...{ at, contentDigest: crypto.sha256(contentText), kind },
      ...{ position: before.position + 1, previous: before.hash, stream },
    };
    const text = protocol.skeletonText(skeleton);
    this.heads.set(stream, {
      position: skeleton.position,
      hash: crypto.sha256(text),
      second: Math.floor(at / 1_000),
      stream,
    });
    this.lines.push(protocol.factLine(text, contentText));
    if (stream === log) this.cover.add(0, protocol.leafHash(text, crypto));
  }

  head(stream) {
    const head = this.heads.get(stream);
    this.lines.push(protocol.headLine(head));
    this.cover.add(0, protocol.leafHash(protocol.headText(head), crypto));
  }

  bytes() {
    const origin = protocol.originOf(issuer, log, 1);
    const checkpoint = { origin, size: this.cover.size, root: this.cover.root() };
    const signature = sign(null, Buffer.from(protocol.checkpointText(checkpoint)), privateKey);
    const lines = [
      protocol.headerLine({
        bundle: "parley/1",
        era: 1,
        issuer,
        log,
        scope: { from: "2026-01-01T00:00:00.000Z", to: null },
      }),
      protocol.keyLine({ endorsement: null, kid, use: "checkpoint", x }),
      protocol.checkpointLine(protocol.signedCheckpoint(checkpoint, x, signature, crypto)),
      ...this.lines,
    ];
    return Buffer.from(lines.map((line) => `${line}\n`).join(""));
  }
}

const begin = 1_790_000_000_000;
const cause = "cmd_01jqx9vk3m8e5s2r7t4w6y0a1b";
const actor = "ins_01jqx9vk3m8e5s2r7t4w6y0a1b";

function ownFacts() {
  const made = new Made();
  for (let n = 0; n < records; n++) {
    const data = {
      code: "limit.reached",
      command: "session.propose",
      rule: "openProposalsPerAgent",
      target: `adv_${n}`,
    };
    made.fact(log, "request.refused", begin + n, { actor, cause, data, subject: actor });
  }
  return made.bytes();
}

const signed = (typ, claims) => {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const jwk = { kty: "OKP", crv: "Ed25519", x };
  const text = `${part({ alg: "EdDSA", typ, jwk })}.${part({ iss: actor, aud: issuer, iat: 1, ...claims })}`;
  return `${text}.${sign(null, Buffer.from(text), privateKey).toString("base64url")}`;
};

/** What a session begins with: so its receipt is folded along the way. */
function proposed() {
  const [agent, other] = ["agt_01jqx9vk3m8e5s2r7t4w6y0a1b", "agt_01jqx9vk3m8e5s2r7t4w6y0a1c"];
  const contract = "ctr_01jqx9vk3m8e5s2r7t4w6y0a1b";
  const terms = protocol.completeTerms({});
  const termsDigest = crypto.sha256(protocol.termsText(terms));
  const said = {
    proposal: "prp_01jqx9vk3m8e5s2r7t4w6y0a1b",
    advertisement: "adv_01jqx9vk3m8e5s2r7t4w6y0a1b",
    workgroup: "wkg_01jqx9vk3m8e5s2r7t4w6y0a1b",
    capability: "markets.equity",
    termsDigest,
  };
  const { proposal: typ, advertisement: offered } = protocol.statementTypes;
  const proposal = signed(typ, said);
  const offer = { agent: other, name: "a", contract, termsDigest, digest: termsDigest };
  const statements = { proposal, advertisement: signed(offered, offer), contract: null };
  const agreed = {
    ...said,
    id: session,
    contract,
    terms,
    purpose: null,
    proposalDigest: crypto.sha256(proposal),
  };
  return {
    session: { ...agreed, proposedBy: actor, proposedAt: begin, consumer: agent, provider: other },
    consumer: { organisation, agent },
    provider: { organisation: "org_01jqx9vk3m8e5s2r7t4w6y0a1c", agent: other },
    statements,
  };
}

function segments() {
  const made = new Made();
  const stream = `session:${session}`;
  const key = { principal: actor, thumbprint: kid, x };
  made.fact(log, "instance.enrolled", begin, { actor, cause, data: { key }, subject: actor });
  made.fact(stream, "session.proposed", begin, { actor, cause, data: proposed(), subject: session });
  for (let n = 0; n < records; n++) {
    const id = `env_01jqx9vk3m8e5s2r7t4w${String(n).padStart(6, "0")}`;
    const header = JSON.stringify({
      session,
      id,
      type: "markets.equity.quote",
      contentType: "application/json",
    });
    const entries = [{ header, id, payload: crypto.sha256(id), payloadBytes: 256 }];
    const data = {
      entries,
      instance: actor,
      n: n + 1,
      sent: (n + 1) * 400,
      seq: n + 1,
      session,
      side: "consumer",
    };
    made.fact(stream, "session.sent", begin + Math.floor(n / 10) * 1_000, {
      actor,
      cause,
      data,
      subject: session,
    });
    if (n % 10 === 9 || n === records - 1) made.head(stream);
  }
  return made.bytes();
}

async function* inChunks(bytes) {
  for (let at = 0; at < bytes.length; at += 64 * 1024) yield bytes.subarray(at, at + 64 * 1024);
}
async function seconds(run) {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
async function verified(bytes) {
  const report = await protocol.verifyBundle(protocol.linesOf(inChunks(bytes)), { crypto });
  if (!report.ok || report.checked.facts < records) throw new Error(JSON.stringify(report));
}
const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];

const made = { "own facts": ownFacts(), segments: segments() };
const times = Object.fromEntries(Object.keys(made).map((kind) => [kind, { verify: [], sha256: [] }]));
for (let round = -1; round < rounds; round++)
  for (const [kind, bytes] of Object.entries(made)) {
    const verify = await seconds(() => verified(bytes));
    const sha256 = await seconds(() => createHash("sha256").update(bytes).digest());
    // The first is to warm up.
    if (round < 0) continue;
    times[kind].verify.push(verify);
    times[kind].sha256.push(sha256);
  }

if (values.json) console.log(JSON.stringify({ records, times }));
else
  console.table(
    Object.fromEntries(
      Object.entries(times).map(([kind, { verify, sha256 }]) => [
        kind,
        {
          "records/s": Math.round(records / median(verify)),
          "MiB/s": Math.round(made[kind].length / 2 ** 20 / median(verify)),
          "× the time of SHA-256": Number((median(verify) / median(sha256)).toFixed(1)),
        },
      ]),
    ),
  );
