/** How a key becomes a principal's, how it is replaced, and what a principal is told of itself. */
import {
  enrolledSchema,
  enrolmentClaims,
  enrolRequest,
  keyReplacementClaims,
  makeId,
  replaceKeyRequest,
  statementTypes,
  thumbprintSchema,
  whoamiSchema,
} from "@parley/protocol";
import { z } from "zod";
import type { BrokerKeys } from "../../../keys.js";
import type { Records } from "../../../records/records.js";
import type { Relay } from "../../../relay.js";
import { type Statement, verifyStatement } from "../../authenticate/jws.js";
import { type Spiffe, spiffeOfInstance, spiffeOfOperator, viewPrincipal } from "../../present/identities.js";
import { digestOfSecret } from "../../secret.js";
import { answer, ok } from "../answer.js";
import type { Look } from "../look.js";
import { forAnyone, forPrincipals, type Route } from "../route.js";
import { noParams, noQuery } from "../schemas.js";

const tag = "identity";

interface EnrolmentNeeds {
  readonly relay: Relay;
  readonly records: Records;
  readonly keys: BrokerKeys;
  readonly issuer: () => string;
  readonly spiffe: Spiffe;
}

/** [ID-23] The proof is checked before anything is told of the token. */
export function enrolmentRoute({ relay, records, keys, issuer, spiffe }: EnrolmentNeeds): Route {
  return forAnyone({
    method: "POST",
    path: "/v1/enrolments",
    access: "bearer",
    name: "enrol",
    tag,
    summary: "Redeem an enrolment token: the key that signed the proof becomes a principal's",
    allowed: "whoever holds an enrolment token",
    params: noParams,
    query: noQuery,
    body: enrolRequest,
    refuses: [409, 410],
    answers: { 201: enrolledSchema },
    async handle({ body }) {
      const tokenDigest = digestOfSecret(body.token);
      // Answered alike, and before a signature is checked for who has nothing to redeem.
      if (!(await records.knowsToken(tokenDigest))) return { code: "enrolment.invalid" };
      const proof = await verifyStatement(body.proof, statementTypes.enrolment, enrolmentClaims);
      const fits =
        proof?.claims.aud === issuer() &&
        proof.claims.tokenDigest === tokenDigest &&
        proof.key.x === body.publicKey.x;
      if (!fits) return { code: "enrolment.invalid" };
      const { thumbprint, key } = proof;
      const asked = {
        id: makeId("command"),
        tokenDigest,
        thumbprint,
        x: key.x,
        instance: makeId("instance"),
      };
      const outcome = await relay({ kind: "principal.enrol", ...asked });
      return answer(outcome, (enrolled) => {
        const principalId = enrolled.kind === "operator" ? enrolled.operator : enrolled.instance;
        const { organisation } = enrolled;
        const spiffeId =
          enrolled.kind === "operator"
            ? spiffeOfOperator(spiffe, { organisation, id: enrolled.operator })
            : spiffeOfInstance(spiffe, {
                organisation: enrolled.organisation,
                agent: enrolled.agent,
                id: enrolled.instance,
              });
        const { trustDomain } = spiffe;
        return {
          status: 201,
          body: { principalId, spiffeId, trustDomain, issuer: issuer(), brokerKeys: keys.published() },
        };
      });
    },
  });
}

type Replacement = Statement<z.output<typeof keyReplacementClaims>>;

/** [ID-10] Both keys sign the same words: which gives way to which, for whom, at which broker. */
export function keyRoute(relay: Relay, issuer: () => string): Route {
  return forPrincipals({
    method: "POST",
    path: "/v1/key",
    name: "replaceKey",
    tag,
    summary: "Replace the caller's key: signed by the old one and by the new one",
    allowed: "every principal",
    params: noParams,
    query: noQuery,
    body: replaceKeyRequest,
    refuses: [429],
    answers: { 200: z.object({ keyThumbprint: thumbprintSchema }) },
    async handle({ body, by, carried }) {
      const old = await verifyStatement(body.oldProof, statementTypes.keyReplacement, keyReplacementClaims);
      const fresh = await verifyStatement(body.newProof, statementTypes.keyReplacement, keyReplacementClaims);
      if (!old || !fresh || fresh.key.x !== body.publicKey.x || old.thumbprint === fresh.thumbprint)
        return { code: "key.invalid" };
      if (![old, fresh].every(says) || old.claims.iat !== fresh.claims.iat) return { code: "key.invalid" };
      const { thumbprint, key } = fresh;
      const outcome = await relay({
        kind: "key.replace",
        ...carried,
        old: old.thumbprint,
        thumbprint,
        x: key.x,
      });
      return answer(outcome, ({ thumbprint: keyThumbprint }) => ok({ keyThumbprint }));

      function says({ claims }: Replacement): boolean {
        const named =
          claims.oldKey === by.thumbprint &&
          claims.oldKey === old?.thumbprint &&
          claims.newKey === fresh?.thumbprint;
        return named && claims.iss === by.caller.principal && claims.aud === issuer();
      }
    },
  });
}

export function whoamiRoute(look: Look, spiffe: Spiffe): Route {
  return look.one({
    path: "/v1/whoami",
    name: "whoami",
    tag,
    summary: "Who the caller is",
    allowed: "every principal",
    params: noParams,
    shows: whoamiSchema,
    show: async (principal) => ok(viewPrincipal(principal, spiffe)),
  });
}
