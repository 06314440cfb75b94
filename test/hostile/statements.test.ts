/**
 * The five signed statements, as nobody should sign or send them: each lie about each of them over REST, and about those
 * that instances sign over the socket as well. One answer, and nothing of it on anybody's record.
 */
import type { InvitationView } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { Speaking } from "../fixtures/calling.js";
import { consentBody, publishBody, tellOf, termsBody } from "../fixtures/dealings.js";
import { type Market, type Offered, offer, openMarket, proposal, proposeTo } from "../fixtures/market.js";
import { openWorld } from "../fixtures/opened-world.js";
import type { Principal } from "../fixtures/principal.js";
import { changesOf, type Row, refuses } from "../fixtures/refusals.js";
import { saidOf } from "../fixtures/sessions.js";
import { claimsOf, compact, embedded, makeKey, resworn, tampered } from "../fixtures/signing.js";
import { makeInstance } from "../fixtures/world.js";

interface Stage {
  readonly market: Market;
  readonly offered: Offered;
  readonly consumer: Principal;
  readonly provider: Principal;
  readonly sibling: Principal;
  readonly requests: Readonly<Record<Kind, Request>>;
}

type Kind = "consent" | "contract" | "advertisement" | "proposal" | "acceptance";
const kinds: readonly Kind[] = ["consent", "contract", "advertisement", "proposal", "acceptance"];

/** As it should be: it would be done. */
interface Request {
  readonly by: Principal;
  readonly method: string;
  readonly path: string;
  readonly call?: Readonly<Record<string, unknown>>;
  readonly body: { readonly statement: string };
}

let made: Stage | undefined;
const opened = openWorld(async ({ a, b }) => {
  const market = await openMarket(b, a, "market");
  const provider = await makeInstance(b.admin, market.offering);
  const consumer = await makeInstance(a.admin, market.engaging);
  const offered = await offer(market, provider, "quotes");
  const waiting = await proposeTo(consumer, offered);
  const invitation = await tellOf(b, await another(b.admin), a.id);
  const shown = await a.admin.done<InvitationView>("GET", `/v1/invitations/${invitation}`);
  const published = publishBody(provider, market.offering, "more", market.workgroup);
  const consenting = `/v1/workgroups/${shown.workgroup.id}/invitations/${invitation}/consent`;
  const putting = `/v1/agents/${market.offering}/advertisements/more`;
  const requests: Readonly<Record<Kind, Request>> = {
    consent: { by: a.admin, method: "POST", path: consenting, body: consentBody(a.admin, a.id, shown) },
    contract: {
      by: a.admin,
      method: "POST",
      path: "/v1/contracts",
      body: { name: "mine", ...termsBody(a.admin, "mine", {}) } as Request["body"],
    },
    advertisement: {
      by: provider,
      method: "PUT",
      path: putting,
      call: { call: "advertise", name: "more" },
      body: published,
    },
    proposal: {
      by: consumer,
      method: "POST",
      path: "/v1/sessions",
      call: { call: "propose" },
      body: proposal(consumer, offered),
    },
    acceptance: {
      by: provider,
      method: "POST",
      path: `/v1/sessions/${waiting.id}/accept`,
      call: { call: "accept", session: waiting.id },
      body: saidOf("accept", provider, waiting) ?? { statement: "" },
    },
  };
  const sibling = await makeInstance(b.admin, market.offering);
  made = { market, offered, consumer, provider, sibling, requests };
});
const stage = (): Stage => {
  if (made === undefined) throw new Error("the stage is set with the world");
  return made;
};
const another = async (admin: Principal): Promise<string> =>
  (await admin.done<{ id: string }>("POST", "/v1/workgroups", { name: "elsewhere", purpose: "quotes" })).id;

type Claims = Readonly<Record<string, unknown>>;
const typOf = (kind: Kind): string => `parley-${kind}+jwt`;
const again = (kind: Kind, { by }: Request, claims: unknown): string => embedded(typOf(kind), claims, by.key);

/** Each takes the true statement and gives the false one. */
const lies: Readonly<Record<string, (kind: Kind, request: Request, claims: Claims) => string>> = {
  "one bit of its signature turned": (_kind, { body }) => tampered(body.statement),
  "the signature of other claims": (_kind, { body }, claims) =>
    resworn(body.statement, { ...claims, iat: 1 }),
  "another key": (kind, _request, claims) => embedded(typOf(kind), claims, makeKey()),
  "another typ": (_kind, { by }, claims) => embedded("parley-hello+jwt", claims, by.key),
  "the typ of another statement": (kind, { by }, claims) =>
    embedded(typOf(kind === "consent" ? "contract" : "consent"), claims, by.key),
  "a header more": (kind, { by }, claims) =>
    compact({ alg: "EdDSA", typ: typOf(kind), jwk: by.key.jwk, kid: "1" }, claims, by.key.privateKey),
  "no algorithm": (kind, { by }, claims) =>
    compact({ alg: "none", typ: typOf(kind), jwk: by.key.jwk }, claims, by.key.privateKey),
  "the name of another broker": (kind, request, claims) =>
    again(kind, request, { ...claims, aud: "https://broker.example" }),
  "a list of brokers": (kind, request, claims) => again(kind, request, { ...claims, aud: [claims.aud] }),
  "somebody else's id": (kind, request, claims) =>
    again(kind, request, { ...claims, iss: stage().sibling.id }),
  "the hand of somebody else": (kind, _request, claims) =>
    embedded(typOf(kind), { ...claims, iss: stage().sibling.id }, stage().sibling.key),
  "a claim more": (kind, request, claims) => again(kind, request, { ...claims, exp: 4_000_000_000 }),
  "no time": (kind, request, { iat: _iat, ...claims }) => again(kind, request, claims),
  "a time in text": (kind, request, claims) => again(kind, request, { ...claims, iat: String(claims.iat) }),
  "a claim twice": (kind, request, claims) =>
    again(kind, request, JSON.stringify(claims).replace("{", `{"aud":${JSON.stringify(claims.aud)},`)),
  "two parts": (_kind, { body }) => body.statement.split(".").slice(0, 2).join("."),
  "the words of a statement only": () => "I agree",
};

const falsely = (kind: Kind, lie: string): string => {
  const request = stage().requests[kind];
  return lies[lie]?.(kind, request, claimsOf(request.body.statement)) ?? "";
};

const send = (kind: Kind, statement: string) => {
  const { by, method, path, body } = stage().requests[kind];
  return by.ask(method, path, { ...body, statement });
};

for (const kind of kinds) {
  const rows = Object.keys(lies).map(
    (lie): Row => [lie, () => send(kind, falsely(kind, lie)), 400, "statement.invalid"],
  );
  refuses(
    `a ${kind} with`,
    [
      ...rows,
      [
        "a character more than a statement has",
        () => send(kind, "s".repeat(4_097)),
        400,
        "request.malformed",
      ],
      ["nothing signed", () => send(kind, ""), 400, "request.malformed"],
    ],
    () => opened.world,
  );
}

/** True statements, of something else than what is asked. */
const otherwise = (kind: Kind, more: Claims): string => {
  const request = stage().requests[kind];
  return again(kind, request, { ...claimsOf(request.body.statement), ...more });
};
const other = "A".repeat(43);
refuses(
  "a true statement of",
  [
    [
      "a consent to another charter",
      () => send("consent", otherwise("consent", { digest: other })),
      409,
      "workgroup.changed",
    ],
    [
      "another organisation's consent",
      () => send("consent", otherwise("consent", { organisation: opened.world.b.id })),
      400,
      "statement.invalid",
    ],
    [
      "other terms",
      () => send("contract", otherwise("contract", { termsDigest: other })),
      400,
      "statement.invalid",
    ],
    [
      "a contract of another name",
      () => send("contract", otherwise("contract", { name: "yours" })),
      400,
      "statement.invalid",
    ],
    [
      "another advertisement",
      () => send("advertisement", otherwise("advertisement", { digest: other })),
      400,
      "statement.invalid",
    ],
    [
      "an advertisement of another name",
      () => send("advertisement", otherwise("advertisement", { name: "less" })),
      400,
      "statement.invalid",
    ],
    [
      "a proposal to other terms",
      () => send("proposal", otherwise("proposal", { termsDigest: other })),
      409,
      "contract.changed",
    ],
    [
      "an acceptance of another proposal",
      () => send("acceptance", otherwise("acceptance", { proposal: other })),
      400,
      "statement.invalid",
    ],
    [
      "an acceptance of another session",
      () => send("acceptance", otherwise("acceptance", { session: `ses_${"0".repeat(26)}` })),
      400,
      "statement.invalid",
    ],
  ],
  () => opened.world,
);

describe("over the socket", () => {
  test.each(["advertisement", "proposal", "acceptance"] as const)(
    "each lie about a %s is answered as over REST, and the connection stays",
    async (kind) => {
      const { by, call, body } = stage().requests[kind];
      const speaking = await Speaking.as(by);
      const before = await changesOf(opened.world);
      for (const lie of Object.keys(lies)) {
        const { ok, problem } = await speaking.call(String(call?.call), {
          ...body,
          ...call,
          statement: falsely(kind, lie),
        });
        expect([lie, ok, problem?.code]).toEqual([lie, false, "statement.invalid"]);
      }
      expect(await changesOf(opened.world)).toEqual(before);
      await speaking.end();
    },
  );
});

test("beside all this, each of them is taken as it should be", async () => {
  for (const kind of kinds)
    expect([kind, (await send(kind, stage().requests[kind].body.statement)).status]).toEqual([
      kind,
      expect.toBeOneOf([200, 201]),
    ]);
});
