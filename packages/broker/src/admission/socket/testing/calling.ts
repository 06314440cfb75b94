/** Calls over a connection that has been welcomed, by an instance whose key signs what it binds itself to. */
import { makeId, statementTypes } from "@parley/protocol";
import { CompactSign, exportJWK, generateKeyPair } from "jose";
import type { Resume } from "../../../governance/engagement-commands.js";
import { nothingFlows } from "../../../governance/session/envelope-entities.js";
import * as cast from "../../../governance/testing/cast.js";
import * as city from "../../../governance/testing/city.js";
import { digestOf } from "../../authenticate/statement.js";
import { issuer } from "./speaker.js";
import { Stage, settled } from "./stage.js";

export const session = makeId("session");
const row = city.sessionRow(session, city.lives.accepted);
export const standing = {
  session: row,
  consumer: city.sideRow(row, "consumer"),
  provider: city.sideRow(row, "provider"),
  flow: nothingFlows(session),
};
export const resume: Resume = {
  ...{ side: "provider", after: 2, upTo: 5, handed: 4, sent: 1 },
  missing: [{ from: 1, to: 2, why: "erased" }],
  stands: {
    state: "accepted",
    left: { envelopes: 10, bytes: 1_000, milliseconds: null },
    sendUpTo: { n: 257, bytes: 4_194_404 },
  },
};
export const advertisement = {
  id: city.weather,
  agent: cast.north,
  organisation: cast.borealis,
  name: "weather",
  content: city.weatherContent,
  digest: "digest",
  statement: "signed",
  by: cast.north1,
  state: "active",
  publishedAt: cast.now,
  takenAt: 0,
  version: 1,
} as const;

const { publicKey, privateKey } = await generateKeyPair("EdDSA", { extractable: true });
const { x = "" } = await exportJWK(publicKey);
const jwk = { kty: "OKP", crv: "Ed25519", x };
export const thumbprint = digestOf(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`);

export const sign = (typ: string, claims: object): Promise<string> =>
  new CompactSign(Buffer.from(JSON.stringify({ aud: issuer, iat: 1_700_000_000, ...claims })))
    .setProtectedHeader({ alg: "EdDSA", typ, jwk })
    .sign(privateKey);

/** An instance that has been welcomed, and whose key the broker knows. */
export async function speaking(): Promise<Stage> {
  const stage = new Stage();
  stage.thumbprint = thumbprint;
  stage.decided.answers = ({ kind }) =>
    kind.startsWith("advertisement.")
      ? { advertisement, repeated: false }
      : { ...standing, ...(kind === "session.join" && { resume }) };
  return stage.opened();
}

export const call = async (stage: Stage, said: object): Promise<unknown> => {
  const { socket } = stage;
  const before = replies(stage).length;
  stage.hear("call", { id: "1", ...said });
  // Signatures are verified beside the main thread: nobody can say after how many turns.
  while (replies(stage).length === before && socket.ends.length === 0) await settled();
  return socket.sent.at(-1);
};
export const replies = ({ socket }: Stage) => socket.sent.filter(({ kind }) => kind === "reply");

export const reply = (result: unknown) => ({ kind: "reply", body: { id: "1", ok: true, result } });
export const refusal = (problem: object) => ({ kind: "reply", body: { id: "1", ok: false, problem } });

export const proposalOf = (stage: Stage, over: object = {}) =>
  sign(statementTypes.proposal, {
    iss: stage.instance,
    proposal: makeId("proposal"),
    advertisement: city.weather,
    workgroup: city.channel,
    capability: "weather.current",
    termsDigest: thumbprint,
    ...over,
  });
