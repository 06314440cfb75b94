/** What anyone may know of the broker: its metadata, its public keys, that it is there. And the change of its keys. */
import { jwksSchema, metadataSchema, rotateBrokerKeyRequest, signatureAlgorithms } from "@parley/protocol";
import { z } from "zod";
import type { Clock } from "../../../clock.js";
import type { BrokerKeys } from "../../../keys.js";
import type { Relay } from "../../../relay.js";
import { answer, ok } from "../answer.js";
import { forAnyone, forPrincipals, type Route } from "../route.js";
import { none, noParams, noQuery } from "../schemas.js";

const tag = "broker";
const open = {
  method: "GET",
  access: "anyone",
  tag,
  allowed: "anyone",
  params: noParams,
  query: noQuery,
  body: none,
} as const;

export function publicRoutes(keys: BrokerKeys, issuer: () => string): readonly Route[] {
  const metadata = forAnyone({
    ...open,
    path: "/.well-known/oauth-authorization-server",
    name: "metadata",
    summary: "The authorisation server's metadata (RFC 8414)",
    answers: { 200: metadataSchema },
    async handle() {
      const algorithms = [...signatureAlgorithms];
      return ok({
        issuer: issuer(),
        token_endpoint: `${issuer()}/oauth/token`,
        jwks_uri: `${issuer()}/.well-known/jwks.json`,
        grant_types_supported: ["client_credentials"],
        response_types_supported: [],
        token_endpoint_auth_methods_supported: ["private_key_jwt"],
        token_endpoint_auth_signing_alg_values_supported: algorithms,
        dpop_signing_alg_values_supported: algorithms,
        service_documentation: `${issuer()}/docs`,
      });
    },
  });

  const jwks = forAnyone({
    ...open,
    path: "/.well-known/jwks.json",
    name: "brokerKeys",
    summary: "The broker's public keys; retired ones stay for ever",
    answers: { 200: jwksSchema },
    handle: async () => ok({ keys: keys.published() }),
  });

  const health = forAnyone({
    ...open,
    path: "/healthz",
    name: "health",
    summary: "The process answers; whether it is ready is said on the management listener",
    answers: { 200: z.object({ status: z.literal("ok") }) },
    handle: async () => ok({ status: "ok" }),
  });

  return [metadata, jwks, health];
}

export function brokerKeyRoute(relay: Relay, keys: BrokerKeys, clock: Clock): Route {
  const inTurn = oneAtATime();
  return forPrincipals({
    method: "POST",
    path: "/v1/broker-keys/rotate",
    name: "rotateBrokerKey",
    tag,
    summary:
      "Make a new broker key for one use; the one before goes on verifying what it has signed for a while",
    allowed: "platform",
    params: noParams,
    query: noQuery,
    body: rotateBrokerKeyRequest,
    answers: { 200: z.object({ kid: z.string() }) },
    // Each new key is signed by the one before it: two at once would be signed by the same one.
    handle: inTurn(async ({ body, carried }) => {
      const prepared = await keys.prepare(body.use, clock.now());
      const outcome = await relay({
        kind: "broker-key.rotate",
        ...carried,
        use: body.use,
        kid: prepared.kid,
      });
      // The fact first: a key that signs is on the record, and one on the record that never signed does no harm.
      if (outcome.outcome === "accepted") prepared.activate();
      return answer(outcome, ({ kid }) => ok({ kid }));
    }),
  });
}

function oneAtATime() {
  let last: Promise<unknown> = Promise.resolve();
  return <A, R>(work: (asking: A) => Promise<R>) =>
    (asking: A): Promise<R> => {
      const turn = last.then(() => work(asking));
      last = turn.catch(() => undefined);
      return turn;
    };
}
