/** Whether what principals have signed is signed, and says what the fact says in which it stands. */
import type { z } from "zod";
import {
  acceptanceClaims,
  advertisementClaims,
  consentClaims,
  contractClaims,
  proposalClaims,
  statementTypes,
} from "../statements.js";
import type { Binding, Bound, BoundFact } from "./bound-facts.js";
import { parseStrict, readCompact, statedPoint, thumbprintOf } from "./compact.js";
import type { EvidenceCrypto } from "./crypto.js";
import type { EnrolledKeys } from "./enrolled.js";
import { type Checked, type Flaw, flaw } from "./report.js";

const schemas: Readonly<Record<Binding, z.ZodType<Readonly<Record<string, unknown>>>>> = {
  consent: consentClaims,
  contract: contractClaims,
  advertisement: advertisementClaims,
  proposal: proposalClaims,
  acceptance: acceptanceClaims,
};

interface Signed {
  readonly claims: Readonly<Record<string, unknown>>;
  readonly thumbprint: string;
  isNew: boolean;
}

/** Where a statement stands: when, and whether all of the log's own stream up to there is in the bundle. */
export interface Standing {
  readonly at: number;
  readonly isWhole: boolean;
}

/** How many are remembered: the same advertisement stands in every session that it led to. */
export const statementsRememberedMax = 4_096;

export class StatementCheck {
  readonly #crypto: EvidenceCrypto;
  readonly #issuer: string;
  readonly #log: string;
  readonly #enrolled: EnrolledKeys;
  readonly #checked: Checked;
  readonly #known = new Map<string, Signed>();

  constructor(
    crypto: EvidenceCrypto,
    { issuer, log }: { readonly issuer: string; readonly log: string },
    enrolled: EnrolledKeys,
    checked: Checked,
  ) {
    this.#crypto = crypto;
    this.#issuer = issuer;
    this.#log = log;
    this.#enrolled = enrolled;
    this.#checked = checked;
  }

  async check({ statements, digests }: BoundFact, standing: Standing): Promise<Flaw | undefined> {
    for (const { stated, text } of digests) {
      const digest = this.#crypto.sha256(text);
      if (digest !== stated) return flaw("statement.claims", `the digest ${digest}`, stated);
    }
    for (const bound of statements) {
      const signed = await this.#signed(bound);
      if ("what" in signed) return signed;
      const wrong = this.#saysElse(bound, signed) ?? this.#ofAnotherKey(bound, signed, standing);
      if (wrong) return wrong;
    }
    return undefined;
  }

  async #signed({ binding, text }: Bound): Promise<Signed | Flaw> {
    const name = `${binding} ${this.#crypto.sha256(text)}`;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const typ = statementTypes[binding];
    const jws = readCompact(text);
    const x = jws && statedPoint(jws, typ);
    const claims = jws && schemas[binding].safeParse(parseStrict(jws.payload)).data;
    if (jws === undefined || x === undefined || claims === undefined)
      return flaw("statement.shape", `a statement of the type ${typ}`, text);
    if (!(await this.#crypto.verify(x, jws.signature, jws.signed)))
      return flaw("statement.signature", `signed by ${x}`, text);
    this.#checked.statements += 1;
    const signed = { claims, thumbprint: thumbprintOf(x, this.#crypto), isNew: true };
    this.#remember(name, signed);
    return signed;
  }

  #remember(name: string, signed: Signed): void {
    const oldest = this.#known.keys().next();
    if (this.#known.size >= statementsRememberedMax && !oldest.done) this.#known.delete(oldest.value);
    this.#known.set(name, signed);
  }

  #saysElse({ binding, expected }: Bound, { claims }: Signed): Flaw | undefined {
    const all = { aud: this.#issuer, ...expected };
    const wrong = Object.entries(all).find(([claim, value]) => claims[claim] !== value);
    if (wrong === undefined) return undefined;
    const [claim, value] = wrong;
    return flaw("statement.claims", `${binding}: ${claim} ${value}`, String(claims[claim]));
  }

  /** Every key that speaks for the log's own organisation was enrolled in its own stream, where all of it is there. */
  #ofAnotherKey(
    { binding, isEarlier, speaksFor }: Bound,
    signed: Signed,
    { at, isWhole }: Standing,
  ): Flaw | undefined {
    const { claims, thumbprint, isNew } = signed;
    const had = this.#enrolled.had(String(claims.iss), thumbprint, at, isEarlier);
    if (had === true) return undefined;
    const isOwn = this.#log === `org:${speaksFor}` && !this.#enrolled.isFull;
    if (isWhole && (isOwn || had === false))
      return flaw("statement.key", `${binding}: a key that was enrolled for ${claims.iss}`, thumbprint);
    if (isNew) this.#checked.notEnrolled += 1;
    signed.isNew = false;
    return undefined;
  }
}
