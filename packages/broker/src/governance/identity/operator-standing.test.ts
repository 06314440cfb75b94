import { describe, expect, test } from "vitest";
import { cause } from "../testing/asked.js";
import {
  abe,
  acme,
  ada,
  auditor,
  bea,
  borealis,
  enroller,
  idOf,
  operatorRow,
  pip,
  root,
  ruth,
} from "../testing/cast.js";
import { verdictOf } from "../testing/decide.js";
import { type Judged, judged } from "../testing/judged.js";
import { amend, callerStands, isAdmin, type Scene, speakAs } from "../testing/scene.js";
import { patch } from "../testing/world.js";

type Kind = "operator.suspend" | "operator.resume" | "operator.revoke";

const operatorIsReachable = {
  refusal: { code: "not-found" },
  spoil: (scene: Scene<Kind>) => amend(scene, { operator: idOf("operator", 404) }),
} as const;
const isNotFinal = {
  refusal: { code: "standing.final" },
  spoil: (scene: Scene<Kind>) =>
    patch(scene.world, "operators", { id: scene.command.operator }, { standing: "revoked" }),
} as const;
const lastAdminIsNotTaken = {
  refusal: { code: "operator.last-admin" },
  spoil(scene: Scene<Kind>) {
    patch(scene.world, "operators", { id: abe }, { standing: "suspended" });
    amend(scene, { operator: ada });
  },
} as const;
const apart = {
  "isNotFinal after operatorIsReachable": "what is not there has no standing",
  "lastAdminIsNotTaken after callerStands": "the last admin can only be taken by itself",
  "lastAdminIsNotTaken after operatorIsReachable": "what is not there is no admin",
  "lastAdminIsNotTaken after isAdminOrPlatform": "the last admin can only be taken by itself",
  "lastAdminIsNotTaken after isNotFinal": "who is revoked is no admin that can act",
};
const checks = {
  callerStands,
  operatorIsReachable,
  isAdminOrPlatform: isAdmin,
  isNotFinal,
  lastAdminIsNotTaken,
} as unknown as Judged<Kind>["checks"];

judged("operator.suspend", { checks, apart });

describe("operator.resume and operator.revoke are judged like operator.suspend", () => {
  const refused = (kind: Kind, name: keyof typeof checks) =>
    verdictOf(kind, (scene) => checks[name]?.spoil(scene as unknown as Scene<Kind>));

  test.each(["operator.resume", "operator.revoke"] as const)("%s", (kind) => {
    expect(refused(kind, "callerStands")).toMatchObject({ refusal: callerStands.refusal });
    expect(refused(kind, "operatorIsReachable")).toMatchObject({ refusal: operatorIsReachable.refusal });
    expect(refused(kind, "isAdminOrPlatform")).toMatchObject({ refusal: isAdmin.refusal });
  });

  test("but what is revoked may be revoked again, and resuming endangers no last admin", () => {
    expect(refused("operator.resume", "isNotFinal")).toMatchObject({ refusal: isNotFinal.refusal });
    expect(refused("operator.revoke", "isNotFinal")).toMatchObject({ verdict: "accepted", facts: [] });
    expect(refused("operator.revoke", "lastAdminIsNotTaken")).toMatchObject({
      refusal: { code: "operator.last-admin" },
    });
    expect(refused("operator.resume", "lastAdminIsNotTaken")).toMatchObject({
      verdict: "accepted",
      facts: [],
    });
  });
});

describe("the standing of an operator", () => {
  const stream = `org:${acme}`;
  const told = { actor: ada, cause, subject: abe };
  const before = operatorRow(abe, acme, "admin");

  test.each([
    ["operator.suspend", "suspended", "operator.suspended"],
    ["operator.revoke", "revoked", "operator.revoked"],
  ] as const)("%s is one fact that raises the generation, and cuts its sockets", (kind, standing, past) => {
    expect(verdictOf(kind)).toEqual({
      verdict: "accepted",
      answer: { operator: { ...before, standing, generation: 1, version: 2 } },
      facts: [
        { stream, kind: past, content: { ...told, data: { operator: abe, generation: 1, version: 2 } } },
      ],
      work: [],
      cuts: [{ scope: "principal", id: abe, reason: standing }],
      sweeps: [],
      payloads: [],
    });
  });

  test("operator.resume gives back the standing, not the generation", () => {
    const verdict = verdictOf("operator.resume", ({ world }) =>
      patch(world, "operators", { id: abe }, { standing: "suspended", generation: 4, version: 8 }),
    );
    expect(verdict).toEqual({
      verdict: "accepted",
      answer: { operator: { ...before, generation: 4, version: 9 } },
      facts: [
        {
          stream,
          kind: "operator.resumed",
          content: { ...told, data: { operator: abe, era: 1, version: 9 } },
        },
      ],
      work: [],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });

  test.each([
    ["operator.suspend", "suspended"],
    ["operator.resume", "active"],
    ["operator.revoke", "revoked"],
  ] as const)("%s of who is %s already is a success that changes nothing", (kind, standing) => {
    const verdict = verdictOf(kind, ({ world }) => patch(world, "operators", { id: abe }, { standing }));
    expect(verdict).toMatchObject({ verdict: "accepted", facts: [], work: [], cuts: [], sweeps: [] });
  });

  test("an enroller sees itself and nobody else", () => {
    const ask = (operator: string) =>
      verdictOf("operator.suspend", (scene) => {
        speakAs(scene, enroller);
        amend(scene, { operator });
      });
    expect(ask(enroller)).toMatchObject({ refusal: { code: "role.missing" } });
    expect(ask(auditor)).toMatchObject({ refusal: { code: "not-found" } });
  });
});

describe("the last admin can be neither suspended nor revoked, the platform's as well [ID-8]", () => {
  const takeSelf = (
    kind: "operator.suspend" | "operator.revoke",
    self: typeof ada,
    other: typeof ada,
    gone: boolean,
  ) =>
    verdictOf(kind, (scene) => {
      speakAs(scene, self);
      amend(scene, { operator: self });
      if (gone) patch(scene.world, "operators", { id: other }, { standing: "revoked" });
    });

  test.each([
    ["operator.suspend", ada, abe],
    ["operator.revoke", ada, abe],
    ["operator.suspend", root, ruth],
    ["operator.revoke", root, ruth],
  ] as const)("%s %s: refused once the other is gone, possible before", (kind, self, other) => {
    expect(takeSelf(kind, self, other, true)).toMatchObject({
      refusal: { code: "operator.last-admin" },
      cuts: [],
      sweeps: [],
      payloads: [],
    });
    expect(takeSelf(kind, self, other, false)).toMatchObject({
      verdict: "accepted",
      facts: [{ kind: expect.any(String) }],
    });
  });

  test("a platform operator without a key does not count as one that is left", () => {
    const verdict = verdictOf("operator.revoke", (scene) => {
      patch(scene.world, "operators", { id: ruth }, { enrolledAt: null });
      speakAs(scene, root);
      amend(scene, { operator: root });
    });
    expect(verdict).toMatchObject({ refusal: { code: "operator.last-admin" } });
  });

  test("the platform takes its own and nobody else's", () => {
    const ask = (operator: string) =>
      verdictOf("operator.revoke", (scene) => {
        speakAs(scene, root);
        amend(scene, { operator });
      });
    expect(ask(pip)).toMatchObject({ verdict: "accepted", facts: [{ stream: "platform" }] });
    expect(ask(abe)).toMatchObject({ refusal: { code: "not-found" } });
  });
});

describe("a new era: the platform may resume one admin of a stranded organisation, by id [ID-19]", () => {
  /** The record was recovered: era 2, and the platform has an operator that can act. */
  const stranded = (operator: string, more?: (scene: Scene<Kind>) => void) =>
    verdictOf("operator.resume", (scene) => {
      scene.world.era = 2;
      patch(scene.world, "operators", { id: root }, { era: 2 });
      more?.(scene);
      speakAs(scene, root);
      amend(scene, { operator });
    });
  const notFound = { verdict: "refused", refusal: { code: "not-found" } };

  test("it is a fact in that organisation's stream", () => {
    expect(stranded(bea)).toEqual({
      verdict: "accepted",
      answer: { operator: { ...operatorRow(bea, borealis, "admin"), era: 2, version: 2 } },
      facts: [
        {
          stream: `org:${borealis}`,
          kind: "operator.resumed",
          content: { actor: root, cause, subject: bea, data: { operator: bea, era: 2, version: 2 } },
        },
      ],
      work: [],
      cuts: [],
      sweeps: [],
      payloads: [],
    });
  });

  test.each([
    ["before any recovery", bea, undefined],
    [
      "once an admin of it can act",
      abe,
      ({ world }: Scene<Kind>) => patch(world, "operators", { id: ada }, { era: 2 }),
    ],
    ["an auditor", auditor, undefined],
    ["an enroller", enroller, undefined],
    [
      "an admin that never had a key",
      bea,
      ({ world }: Scene<Kind>) => patch(world, "operators", { id: bea }, { enrolledAt: null }),
    ],
    [
      "an admin that its organisation had suspended",
      bea,
      ({ world }: Scene<Kind>) => patch(world, "operators", { id: bea }, { standing: "suspended" }),
    ],
    [
      "an admin that was revoked",
      bea,
      ({ world }: Scene<Kind>) => patch(world, "operators", { id: bea }, { standing: "revoked" }),
    ],
    ["nobody", idOf("operator", 404), undefined],
  ] as const)("otherwise it is not found: %s", (title, operator, more) => {
    const verdict = stranded(operator, (scene) => {
      more?.(scene);
      if (title !== "before any recovery") return;
      scene.world.era = 1;
      patch(scene.world, "operators", { id: root }, { era: 1 });
    });
    expect(verdict).toMatchObject(notFound);
  });

  test.each(["operator.suspend", "operator.revoke"] as const)("%s does not reach out", (kind) => {
    const verdict = verdictOf(kind, (scene) => {
      scene.world.era = 2;
      patch(scene.world, "operators", { id: root }, { era: 2 });
      speakAs(scene, root);
      amend(scene, { operator: bea });
    });
    expect(verdict).toMatchObject(notFound);
  });

  test("another organisation's admin reaches nobody", () => {
    const verdict = verdictOf("operator.resume", (scene) => {
      scene.world.era = 2;
      patch(scene.world, "operators", { id: ada }, { era: 2 });
      speakAs(scene, ada);
      amend(scene, { operator: bea });
    });
    expect(verdict).toMatchObject(notFound);
  });

  test("that admin resumes the others", () => {
    const verdict = verdictOf("operator.resume", (scene) => {
      scene.world.era = 2;
      patch(scene.world, "operators", { id: ada }, { era: 2 });
      speakAs(scene, ada);
    });
    expect(verdict).toMatchObject({ answer: { operator: { id: abe, era: 2, standing: "active" } } });
  });
});
