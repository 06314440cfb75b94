import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { EnrolmentToken } from "../entities.js";
import { asked, cause, newToken } from "../testing/asked.js";
import {
  abe,
  acme,
  ada,
  auditor,
  day,
  hour,
  idOf,
  minute,
  now,
  organisationRow,
  root,
} from "../testing/cast.js";
import { settle, verdictOf } from "../testing/decide.js";
import { judged } from "../testing/judged.js";
import { amend, callerStands, keyFits, type Scene, sceneOf, speakAs } from "../testing/scene.js";
import { patch, put } from "../testing/world.js";

const isPlatform = {
  refusal: { code: "role.missing", rule: "platform" },
  spoil: (scene: Scene) => speakAs(scene, ada),
} as const;

/** Rows of no interest, all the same but for their names. */
function fillOrganisations({ world }: Scene, upTo: number): void {
  const row = organisationRow(acme, "filler");
  for (let n = world.rows.organisations.size; n < upTo; n++) world.rows.organisations.set(`filler ${n}`, row);
}

judged("organisation.create", {
  checks: {
    callerStands,
    isPlatform,
    keyFits,
    nameIsFree: {
      refusal: { code: "organisation.name-taken" },
      spoil: (scene) => amend(scene, { name: "acme" }),
    },
    organisationsLeft: {
      refusal: {
        code: "limit.reached",
        rule: "organisations",
        limit: limits.organisations,
        used: limits.organisations,
      },
      spoil: (scene) => fillOrganisations(scene, limits.organisations),
    },
  },
});

/** A recovery that waits, minted an hour ago. */
function recoveryWaits({ world }: Scene, more: Partial<EnrolmentToken> = {}) {
  const id = idOf("enrolmentToken", 70);
  put(world, "enrolmentTokens", {
    id,
    digest: "digest-of-recovery",
    organisation: acme,
    for: idOf("operator", 70),
    mintedBy: root,
    minterGeneration: 0,
    targetGeneration: 0,
    era: 1,
    uses: 1,
    usesLeft: 1,
    ephemeral: false,
    mintedAt: now - hour,
    notBefore: now - hour + 3 * day,
    expiresAt: now + 3 * day,
    voidedAt: null,
    ...more,
  });
}

judged("organisation.recover", {
  checks: {
    callerStands,
    organisationIsSeen: {
      refusal: { code: "not-found" },
      spoil: (scene) => amend(scene, { organisation: idOf("organisation", 404) }),
    },
    isPlatform,
    keyFits,
    isNotRevoked: {
      refusal: { code: "standing.final" },
      spoil: ({ world }) => patch(world, "organisations", { id: acme }, { standing: "revoked" }),
    },
    isNotSuspended: {
      refusal: { code: "organisation.suspended" },
      spoil: ({ world }) => patch(world, "organisations", { id: acme }, { standing: "suspended" }),
    },
    recoveriesLeft: {
      refusal: { code: "limit.reached", rule: "recoveriesPerOrganisation", limit: 10, used: 10 },
      spoil: (scene) => {
        for (let count = 0; count < limits.recoveriesPerOrganisation; count++) {
          recoveryWaits(scene, { id: idOf("enrolmentToken", 900 + count), digest: `waits ${count}` });
        }
      },
    },
  },
  apart: {
    "isNotSuspended after isPlatform": "whoever else sees it is of it, and suspended with it",
    "isNotSuspended after organisationIsSeen": "what is not there is not suspended",
    "isNotSuspended after isNotRevoked": "one standing at a time",
    "isNotRevoked after isPlatform": "whoever else sees it is of it, and revoked with it",
    "isNotRevoked after organisationIsSeen": "what is not there is not revoked",
    "recoveriesLeft after organisationIsSeen": "for what is not there nothing waits",
  },
});

describe("creating an organisation", () => {
  const { organisation: id, displayName, admin } = asked["organisation.create"];
  const organisation = { ...organisationRow(id, "cobalt"), displayName, createdAt: now };
  const operator = {
    id: admin.operator,
    organisation: id,
    name: admin.name,
    role: "admin",
    agents: [],
    standing: "active",
    generation: 0,
    era: 1,
    thumbprint: null,
    enrolledAt: null,
    createdAt: now,
    version: 1,
  };
  const token = {
    id: newToken.id,
    digest: newToken.digest,
    organisation: id,
    for: admin.operator,
    mintedBy: root,
    minterGeneration: 0,
    targetGeneration: 0,
    era: 1,
    uses: 1,
    usesLeft: 1,
    ephemeral: false,
    mintedAt: now,
    notBefore: now,
    expiresAt: now + hour,
    voidedAt: null,
  };
  const told = { actor: root, cause };

  test("is a fact of the platform's stream and begins the organisation's own, with its first admin", () => {
    const stream = `org:${id}`;
    expect(verdictOf("organisation.create")).toEqual({
      verdict: "accepted",
      answer: { repeated: false, organisation, operator, token },
      facts: [
        {
          stream: "platform",
          kind: "organisation.created",
          content: { ...told, subject: id, data: { organisation } },
        },
        { stream, kind: "organisation.created", content: { ...told, subject: id, data: { organisation } } },
        { stream, kind: "operator.invited", content: { ...told, subject: operator.id, data: { operator } } },
        { stream, kind: "enrolment-token.minted", content: { ...told, subject: token.id, data: { token } } },
      ],
      work: [],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });

  test("is possible for the last organisation that the limit allows [LIM-1]", () => {
    const last = verdictOf("organisation.create", (scene) =>
      fillOrganisations(scene, limits.organisations - 1),
    );
    expect(last.verdict).toBe("accepted");
  });

  test("makes an admin and a token of the era in which it happens", () => {
    const verdict = verdictOf("organisation.create", (scene) => {
      scene.world.era = 4;
      patch(scene.world, "operators", { id: root }, { era: 4 });
      speakAs(scene, root);
    });
    expect(verdict).toMatchObject({ answer: { operator: { era: 4 }, token: { era: 4 } } });
  });
});

describe("the platform may mint an admin token for an organisation [ID-9]", () => {
  const { admin, alert: alertId } = asked["organisation.recover"];

  test("a fact of that organisation's own stream and an alert to its admins", () => {
    const verdict = verdictOf("organisation.recover");
    const notBefore = now + 72 * hour;
    const token = {
      for: admin.operator,
      organisation: acme,
      mintedBy: root,
      notBefore,
      expiresAt: notBefore + hour,
    };
    const alert = {
      id: alertId,
      organisation: acme,
      kind: "admin-token-minted-by-platform",
      subject: newToken.id,
      detail: `operator ${admin.operator}; works from ${new Date(notBefore).toISOString()} unless an admin voids it before`,
      raisedAt: now,
    };
    const told = { actor: root, cause };
    const stream = `org:${acme}`;
    expect(verdict).toMatchObject({
      verdict: "accepted",
      answer: { repeated: false, token },
      work: [],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
    expect(verdict.facts).toMatchObject([
      {
        stream,
        kind: "operator.invited",
        content: { ...told, data: { operator: { id: admin.operator, role: "admin" } } },
      },
      { stream, kind: "enrolment-token.minted", content: { ...told, subject: newToken.id, data: { token } } },
      { stream, kind: "alert.raised", content: { ...told, subject: newToken.id, data: { alert } } },
    ]);
  });

  const redeem = (scene: Scene, at: number) =>
    settle(
      scene.world,
      { kind: "principal.enrol", ...asked["principal.enrol"], tokenDigest: newToken.digest },
      at,
    );

  test("it works after 72 hours, not a millisecond before", () => {
    const scene = sceneOf("organisation.recover");
    settle(scene.world, scene.command, now);
    expect(redeem(scene, now + 72 * hour - 1)).toMatchObject({
      refusal: { code: "enrolment.not-yet", retryAfterMs: 1 },
    });
    expect(redeem(scene, now + 72 * hour)).toMatchObject({
      verdict: "accepted",
      answer: { kind: "operator", operator: admin.operator, organisation: acme },
    });
  });

  test.each([abe, ada])("any admin of the organisation can void it before, %s too", (admin) => {
    const scene = sceneOf("organisation.recover");
    settle(scene.world, scene.command, now);
    const voiding = sceneOf("enrolment-token.void");
    speakAs(voiding, admin);
    amend(voiding, { token: newToken.id });
    expect(settle(scene.world, voiding.command, now + day).verdict).toBe("accepted");
    expect(redeem(scene, now + 73 * hour)).toMatchObject({ refusal: { code: "enrolment.invalid" } });
  });

  test("an auditor cannot", () => {
    const scene = sceneOf("organisation.recover");
    settle(scene.world, scene.command, now);
    const voiding = sceneOf("enrolment-token.void");
    speakAs(voiding, auditor);
    amend(voiding, { token: newToken.id });
    expect(settle(scene.world, voiding.command, now)).toMatchObject({ refusal: { code: "role.missing" } });
  });

  test.each([
    ["voided", { voidedAt: now - minute }],
    ["used", { usesLeft: 0 }],
  ])("when one was %s, another may be minted", (_title, more) => {
    expect(verdictOf("organisation.recover", (scene) => recoveryWaits(scene, more)).verdict).toBe("accepted");
  });
});
