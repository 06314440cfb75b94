import { describe, expect, test } from "vitest";
import { cause } from "../testing/asked.js";
import { acme, ada, bea, borealis, idOf, now, organisationRow, root } from "../testing/cast.js";
import { channel, channelInvitation, delta, den, denInvitation } from "../testing/city.js";
import { decide, verdictOf } from "../testing/decide.js";
import { type Judged, judged } from "../testing/judged.js";
import { amend, callerStands, type Scene, sceneOf, speakAs } from "../testing/scene.js";
import { beganBy } from "../testing/swept.js";
import { get, patch, put } from "../testing/world.js";

type Kind = "organisation.suspend" | "organisation.resume" | "organisation.revoke";
type Spoiling = Pick<Scene<Kind>, "world">;

const setStanding = ({ world }: Spoiling, standing: "suspended" | "revoked") =>
  patch(world, "organisations", { id: acme }, { standing });

const checks: Judged<Kind>["checks"] = {
  callerStands,
  organisationIsSeen: {
    refusal: { code: "not-found" },
    spoil: (scene) => amend(scene, { organisation: idOf("organisation", 404) }),
  },
  isPlatform: {
    refusal: { code: "role.missing", rule: "platform" },
    spoil: (scene) => speakAs(scene, ada),
  },
  isNotFinal: { refusal: { code: "standing.final" }, spoil: (scene) => setStanding(scene, "revoked") },
};
const apart = { "isNotFinal after organisationIsSeen": "what is not there is not revoked" };
const ownIsRevoked = { "isNotFinal after isPlatform": "whoever else sees it is of it, and revoked with it" };

judged("organisation.suspend", { checks, apart: { ...apart, ...ownIsRevoked } });
judged("organisation.resume", { checks, apart: { ...apart, ...ownIsRevoked } });

describe("organisation.revoke", () => {
  const { isNotFinal: _never, ...others } = checks;
  test("is never refused for what is revoked already: it is a success that changes nothing", () => {
    const verdict = verdictOf("organisation.revoke", (scene) => setStanding(scene, "revoked"));
    expect(verdict).toMatchObject({ verdict: "accepted", facts: [], work: [], cuts: [], sweeps: [] });
  });

  test.each(Object.keys(others))("%s refuses as for the other two", (name) => {
    const scene = sceneOf("organisation.revoke");
    checks[name]?.spoil(scene as unknown as Scene<Kind>);
    expect(decide(scene.world, scene.command, scene.now).verdict).toMatchObject({
      refusal: checks[name]?.refusal,
    });
  });
});

describe("the standing of an organisation", () => {
  const told = { actor: root, cause, subject: acme };
  const before = organisationRow(acme, "acme");

  test.each([
    ["organisation.suspend", "suspended", "organisation.suspended"],
    ["organisation.revoke", "revoked", "organisation.revoked"],
  ] as const)(
    "%s takes away: both streams say so, the generation rises, every socket is cut, its sessions are swept",
    (kind, standing, past) => {
      const data = { organisation: acme, generation: 1, version: 2 };
      const swept = beganBy(root, acme, {
        by: "organisation",
        of: acme,
        reason: `identity_${standing}`,
      });
      const verdict = verdictOf(kind, ({ world }) => world.rows.participations.clear());
      expect(verdict).toEqual({
        verdict: "accepted",
        answer: { organisation: { ...before, standing, generation: 1, takenAt: now, version: 2 } },
        facts: [
          { stream: "platform", kind: past, content: { ...told, data } },
          { stream: `org:${acme}`, kind: past, content: { ...told, data } },
          swept.fact,
        ],
        work: [],
        cuts: [{ scope: "organisation", id: acme, reason: standing }],
        sweeps: [swept.sweep],
        payloads: [],
      });
    },
  );

  test("organisation.resume gives back the standing, not the generation", () => {
    const verdict = verdictOf("organisation.resume", ({ world }) =>
      patch(world, "organisations", { id: acme }, { standing: "suspended", generation: 1, version: 2 }),
    );
    expect(verdict).toMatchObject({
      answer: { organisation: { ...before, standing: "active", generation: 1, version: 3 } },
      facts: [{ stream: "platform", kind: "organisation.resumed" }, { kind: "organisation.resumed" }],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });

  test.each([
    ["organisation.suspend", "suspended"],
    ["organisation.resume", "active"],
    ["organisation.revoke", "revoked"],
  ] as const)("%s of what is %s already is a success that changes nothing", (kind, standing) => {
    const verdict = verdictOf(kind, ({ world }) => patch(world, "organisations", { id: acme }, { standing }));
    expect(verdict).toMatchObject({ verdict: "accepted", facts: [], work: [], cuts: [], sweeps: [] });
  });

  test("a suspended one can still be revoked, and its generation rises again", () => {
    const scene = sceneOf("organisation.revoke");
    patch(scene.world, "organisations", { id: acme }, { standing: "suspended", generation: 1, version: 2 });
    const { verdict } = decide(scene.world, scene.command, now);
    expect(verdict).toMatchObject({
      answer: { organisation: { standing: "revoked", generation: 2, version: 3 } },
    });
    expect(get(scene.world, "organisations", { id: acme })?.standing).toBe("suspended");
  });
});

describe("revoking an organisation dissolves the workgroups it owns and leaves the others [WKG-7]", () => {
  const kindsOf = (organisation: typeof acme) =>
    verdictOf("organisation.revoke", (scene) => amend(scene, { organisation }));

  test("acme owns den, where borealis is invited, and is in the channel", () => {
    const verdict = kindsOf(acme);
    expect(verdict.facts.map(({ stream, kind }) => [stream, kind])).toEqual([
      ["platform", "organisation.revoked"],
      [`org:${acme}`, "organisation.revoked"],
      [`workgroup:${channel}`, "workgroup.left"],
      [`workgroup:${den}`, "workgroup.dissolved"],
      [`org:${borealis}`, "invitation.ended"],
      [`org:${acme}`, "sweep.began"],
    ]);
    const dissolved = { workgroup: den, why: "owner-revoked", invitations: [denInvitation] };
    expect(verdict.facts[3]?.content.data).toEqual(dissolved);
    const left = { workgroup: channel, organisation: acme, why: "revoked" };
    expect(verdict.facts[2]?.content.data).toEqual(left);
  });

  test("borealis owns the channel, in which sessions are open: they are swept for what ended them", () => {
    const { sweeps, facts } = kindsOf(borealis);
    expect(sweeps).toMatchObject([
      { by: "organisation", of: borealis, part: 0, reason: "identity_revoked" },
      { by: "workgroup", of: channel, part: 1, reason: "workgroup_dissolved" },
    ]);
    // The platform sees no workgroup and no session.
    const told = facts.filter(({ stream }) => stream === "platform").map(({ kind }) => kind);
    expect(told).toEqual(["organisation.revoked"]);
  });

  test("again it is a success that parts with nothing", () => {
    const verdict = verdictOf("organisation.revoke", (scene) => setStanding(scene, "revoked"));
    expect(verdict).toMatchObject({ facts: [], sweeps: [] });
  });

  test("who waited for its consent only waits no more [WKG-3]", () => {
    const verdict = verdictOf("organisation.revoke", ({ world }) => {
      const consent = { digest: "d", statement: "s", by: bea, at: now };
      for (const organisation of [borealis, delta])
        put(world, "consents", { ...consent, invitation: channelInvitation, organisation });
    });
    expect(verdict.facts.map(({ kind }) => kind)).toContain("invitation.received");
  });
});
