/** The committed vectors of the protocol, as this broker reads them: what others sign by them is taken, and nothing near it. */
import { createPrivateKey, hash, type JsonWebKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  acceptanceClaims,
  advertisementClaims,
  consentClaims,
  contractClaims,
  limits,
  type PrincipalId,
  proposalClaims,
  statementTypes,
} from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { z } from "zod";
import { readStatement, type Signer } from "./statement.js";

const schemas = {
  consent: consentClaims,
  contract: contractClaims,
  advertisement: advertisementClaims,
  proposal: proposalClaims,
  acceptance: acceptanceClaims,
} as const;
type Binding = keyof typeof schemas;
const bindings = Object.keys(schemas) as Binding[];

interface Vector {
  readonly header: object;
  readonly claims: { readonly iss: PrincipalId; readonly aud: string };
  readonly compact: string;
  readonly digest: string;
}
const page = new URL("../../../../protocol/vectors/statements.json", import.meta.url);
const { key, thumbprint, statements } = JSON.parse(readFileSync(page, "utf8")) as {
  readonly key: JsonWebKey;
  readonly thumbprint: string;
  readonly statements: Readonly<Record<Binding, Vector>>;
};

const issuer = "https://broker.example";
const signerOf = (binding: Binding): Signer => ({ principal: statements[binding].claims.iss, thumbprint });
const read = (
  binding: Binding,
  more: { text?: string; by?: Partial<Signer>; issuer?: string; as?: Binding } = {},
) => {
  const as = more.as ?? binding;
  // Each schema says its own claims; what they have in common is what is read here.
  const claims: z.ZodType<Vector["claims"]> = schemas[as];
  const by = { ...signerOf(binding), ...more.by };
  return readStatement(
    more.text ?? statements[binding].compact,
    statementTypes[as],
    claims,
    by,
    more.issuer ?? issuer,
  );
};
const refused = { code: "statement.invalid" };

const part = (text: string): string => Buffer.from(text).toString("base64url");
/** Signed with the key of the vectors; `escaped` is spelled as JSON spells it where only ASCII is wanted. */
function signed(header: object, claims: object, escaped = "€"): string {
  const spelled = `\\u${escaped.charCodeAt(0).toString(16)}`;
  const input = `${part(JSON.stringify(header))}.${part(JSON.stringify(claims).replaceAll(escaped, spelled))}`;
  const signature = sign(null, Buffer.from(input), createPrivateKey({ key, format: "jwk" }));
  return `${input}.${signature.toString("base64url")}`;
}

describe.each(bindings)("a signed statement of %s", (binding) => {
  const { header, claims, compact, digest } = statements[binding];

  test("is taken as the vectors have it, with its digest [STM-1]", async () => {
    expect(await read(binding)).toEqual({ text: compact, digest, thumbprint, claims });
    expect(hash("sha256", compact, "base64url")).toBe(digest);
  });

  test.each<[string, Parameters<typeof read>[1]]>([
    ["of another key than the request's", { by: { thumbprint: "A".repeat(43) } }],
    ["of another principal", { by: { principal: "ins_00000000000000000000000000" as PrincipalId } }],
    ["for another broker", { issuer: "https://other.example" }],
    ["for a broker whose name begins alike", { issuer: `${issuer}/` }],
    ["with a byte changed", { text: `${compact.slice(0, -4)}AAAA` }],
    ["with a part more", { text: `${compact}.` }],
    ["with a header more", { text: signed({ ...header, kid: "1" }, claims) }],
    ["of another type in its header", { text: signed({ ...header, typ: "JWT" }, claims) }],
    ["of no algorithm", { text: signed({ ...header, alg: "none" }, claims) }],
    ["with a claim more", { text: signed(header, { ...claims, exp: 1 }) }],
    ["for a list of brokers", { text: signed(header, { ...claims, aud: [issuer] }) }],
    ["in nobody's name", { text: signed(header, { ...claims, iss: "" }) }],
    ["that is none", { text: "signed" }],
  ])("is not taken %s", async (_title, more) => {
    expect(await read(binding, more)).toEqual(refused);
  });

  test("is not taken for one of another kind [STM-1]", async () => {
    for (const as of bindings.filter((other) => other !== binding))
      expect(await read(binding, { as })).toEqual(refused);
  });
});

test("the longest that anybody has to say is shorter than the limit [LIM-1]", async () => {
  const { claims, header } = statements.proposal;
  const purpose = "日".repeat(limits.purposeLengthMax);
  const text = signed(header, { ...claims, purpose }, "日");
  expect(text.length).toBeLessThan(limits.statementLengthMax);
  expect(await read("proposal", { text })).toMatchObject({ claims: { purpose } });
});
