/** The committed test vectors, recomputed: by them others write software that signs what this broker takes. */
import { createHash, createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  advertisementText,
  type Charter,
  charterText,
  completeAdvertisement,
  type SaidAdvertisement,
} from "./signed-content.js";
import {
  acceptanceClaims,
  advertisementClaims,
  consentClaims,
  contractClaims,
  proposalClaims,
  publicKeySchema,
  statementTypes,
} from "./statements.js";
import { completeTerms, type Terms, type TermsRequest, termsRequest, termsText } from "./terms.js";

interface Digested {
  readonly text: string;
  readonly digest: string;
}
interface Vector {
  readonly header: { readonly typ: string };
  readonly claims: Readonly<Record<string, unknown>>;
  readonly compact: string;
  readonly digest: string;
}
type Binding = "consent" | "contract" | "advertisement" | "proposal" | "acceptance";
interface Vectors {
  readonly key: { readonly kty: string; readonly crv: string; readonly x: string; readonly d: string };
  readonly thumbprint: string;
  readonly terms: readonly (Digested & { readonly said: TermsRequest; readonly complete: Terms })[];
  readonly charter: Digested & { readonly value: Charter };
  readonly advertisement: Digested & { readonly said: SaidAdvertisement; readonly complete: unknown };
  readonly statements: Readonly<Record<Binding, Vector>>;
}

const page = new URL("../vectors/statements.json", import.meta.url);
const { key, thumbprint, terms, charter, advertisement, statements } = JSON.parse(
  readFileSync(page, "utf8"),
) as Vectors;

const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("base64url");
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const { d: _secret, ...publicKey } = key;

test("the key is an Ed25519 key, and its name is its thumbprint [ID-2]", () => {
  expect(publicKeySchema.parse(publicKey)).toEqual(publicKey);
  expect(sha256(`{"crv":"Ed25519","kty":"OKP","x":"${key.x}"}`)).toBe(thumbprint);
});

describe("what is digested is spelled in one way [STM-7]", () => {
  test.each(terms)("$digest: terms, of which some are said", ({ said, complete, text, digest }) => {
    expect(completeTerms(termsRequest.parse(said))).toEqual(complete);
    expect(termsText(complete)).toBe(text);
    expect(sha256(text)).toBe(digest);
  });

  test("a charter", () => {
    expect(charterText(charter.value)).toBe(charter.text);
    expect(sha256(charter.text)).toBe(charter.digest);
  });

  test("an advertisement, of which some is said", () => {
    const complete = completeAdvertisement(advertisement.said);
    expect(complete).toEqual(advertisement.complete);
    expect(advertisementText(complete)).toBe(advertisement.text);
    expect(sha256(advertisement.text)).toBe(advertisement.digest);
  });
});

const schemas = {
  consent: consentClaims,
  contract: contractClaims,
  advertisement: advertisementClaims,
  proposal: proposalClaims,
  acceptance: acceptanceClaims,
} as const;
const bindings = Object.keys(schemas) as Binding[];

describe("a statement that binds [STM-1]", () => {
  test("is one of five, each with a typ of its own", () => {
    expect(Object.keys(statements)).toEqual(bindings);
    const types = bindings.map((binding) => statementTypes[binding]);
    expect(types).toEqual(bindings.map((binding) => `parley-${binding}+jwt`));
    expect(new Set(Object.values(statementTypes)).size).toBe(Object.keys(statementTypes).length);
  });

  test.each(bindings)(
    "of %s is the header, the claims and the signature that are written here",
    (binding) => {
      const { header, claims, compact, digest } = statements[binding];
      expect(header).toEqual({ alg: "EdDSA", typ: statementTypes[binding], jwk: publicKey });
      expect(schemas[binding].parse(claims)).toEqual(claims);

      const input = `${part(header)}.${part(claims)}`;
      const signature = sign(null, Buffer.from(input), createPrivateKey({ key, format: "jwk" }));
      expect(`${input}.${signature.toString("base64url")}`).toBe(compact);
      expect(
        verify(null, Buffer.from(input), createPublicKey({ key: publicKey, format: "jwk" }), signature),
      ).toBe(true);
      expect(sha256(compact)).toBe(digest);
    },
  );

  test("names what the others have signed by its digest [STM-2] [STM-3] [STM-4] [STM-5] [STM-6]", () => {
    const { consent, contract, advertisement: offer, proposal, acceptance } = statements;
    const agreed = terms.at(-1)?.digest;
    expect(consent.claims.digest).toBe(charter.digest);
    expect(contract.claims.termsDigest).toBe(agreed);
    expect(offer.claims).toMatchObject({ digest: advertisement.digest, termsDigest: agreed });
    expect(proposal.claims.termsDigest).toBe(agreed);
    expect(acceptance.claims.proposal).toBe(proposal.digest);
  });

  const mayBeAbsent: readonly string[] = ["purpose"];
  const claimsOf = bindings.flatMap((binding) =>
    Object.entries(statements[binding].claims).map(([claim, value]) => ({ binding, claim, value })),
  );
  const accepts = (binding: Binding, more: object, without = ""): boolean => {
    const { [without]: _left, ...claims } = statements[binding].claims;
    return schemas[binding].safeParse({ ...claims, ...more }).success;
  };

  test.each(claimsOf)("of $binding: $claim is there, and of its type", ({ binding, claim, value }) => {
    expect(accepts(binding, {}, claim)).toBe(mayBeAbsent.includes(claim));
    const wrong = [null, "", [value], { value }, typeof value === "string" ? 1 : String(value), true];
    for (const one of wrong) expect(accepts(binding, { [claim]: one })).toBe(claim === "aud" && one === "");
  });

  test.each(claimsOf.filter(({ value }) => /^[a-z]{3}_/.test(String(value))))(
    "of $binding: $claim is an id of its kind",
    ({ binding, claim, value }) => {
      const id = String(value);
      const wrong = [
        `etk_${id.slice(4)}`,
        id.slice(4),
        id.toUpperCase(),
        `${id} `,
        `${id}\n`,
        id.slice(0, -1),
      ];
      for (const one of wrong) expect(accepts(binding, { [claim]: one })).toBe(false);
    },
  );

  test.each(claimsOf.filter(({ value }) => String(value).length === 43))(
    "of $binding: $claim is a SHA-256 in base64url",
    ({ binding, claim, value }) => {
      const digest = String(value);
      for (const one of [
        digest.slice(1),
        `${digest}A`,
        `${digest.slice(1)}=`,
        `${digest.slice(1)}+`,
        `${digest}\n`,
      ]) {
        expect(accepts(binding, { [claim]: one })).toBe(false);
      }
    },
  );

  test.each(bindings)("of %s: nothing else is there, and its time is in whole seconds", (binding) => {
    for (const other of ["exp", "nbf", "jti", "sub", "nonce", "crit"]) {
      expect(accepts(binding, { [other]: 1 })).toBe(false);
    }
    for (const iat of [-1, 1.5, Number.POSITIVE_INFINITY, 2 ** 53])
      expect(accepts(binding, { iat })).toBe(false);
    expect([accepts(binding, { iat: 0 }), accepts(binding, { iat: 2 ** 53 - 1 })]).toEqual([true, true]);
  });

  test("is made by an operator or by an instance, and by nobody else", () => {
    const { consent, proposal } = statements;
    for (const binding of bindings) {
      expect(accepts(binding, { iss: consent.claims.iss })).toBe(true);
      expect(accepts(binding, { iss: proposal.claims.iss })).toBe(true);
      expect(accepts(binding, { iss: advertisement.said.agent })).toBe(false);
      expect(accepts(binding, { iss: charter.value.workgroup.owner })).toBe(false);
    }
  });

  test.each(["Markets", "markets.*", "a b", ""])("of a proposal: %j is no capability", (capability) => {
    expect(accepts("proposal", { capability })).toBe(false);
  });

  test.each(["", "two\nlines", "x".repeat(257), "e\u0301"])("of a proposal: %j is no purpose", (purpose) => {
    expect(accepts("proposal", { purpose })).toBe(false);
  });
});
