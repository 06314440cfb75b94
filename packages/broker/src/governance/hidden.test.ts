/**
 * Hidden and absent are one answer of the same questions, and come before what a role does not allow: for every
 * command that takes an id, for everybody that may ask.
 */
import { describe, expect, test } from "vitest";
import type { CommandKind } from "./command.js";
import { contractRules } from "./offer/contract-rules.js";
import { sessionRules } from "./session/session-rules.js";
import { asked } from "./testing/asked.js";
import * as cast from "./testing/cast.js";
import { decide } from "./testing/decide.js";
import { type Scene, sceneOf, speakAs } from "./testing/scene.js";
import { patch } from "./testing/world.js";
import { workgroupRules } from "./workgroup/workgroup-rules.js";

const { root, ada, auditor, enroller, scout1 } = cast;
type Who = typeof root | typeof scout1;
const callers = { platform: root, admin: ada, auditor, enroller, instance: scout1 } as const;
type CallerName = keyof typeof callers;

type Field = "organisation" | "operator" | "agent" | "instance" | "token";
const taking: Readonly<Record<Field, readonly CommandKind[]>> = {
  organisation: [
    "organisation.suspend",
    "organisation.resume",
    "organisation.revoke",
    "organisation.recover",
  ],
  operator: ["operator.change", "operator.suspend", "operator.resume", "operator.revoke"],
  agent: ["agent.change", "agent.suspend", "agent.resume", "agent.revoke", "enrolment-token.mint"],
  instance: ["instance.suspend", "instance.resume", "instance.revoke"],
  token: ["enrolment-token.void"],
};
const fields = Object.keys(taking) as readonly Field[];

/** What is there but not for this caller: of another organisation, and of its own. */
const hidden: Readonly<Record<Field, Readonly<Record<CallerName, readonly string[]>>>> = {
  organisation: {
    platform: [],
    admin: [cast.borealis],
    auditor: [cast.borealis],
    enroller: [cast.borealis],
    instance: [cast.borealis],
  },
  operator: {
    platform: [ada, cast.bea, auditor],
    admin: [cast.bea, root, cast.pip],
    auditor: [cast.bea, root],
    enroller: [cast.bea, root, ada, auditor],
    instance: [cast.bea, root, ada],
  },
  agent: {
    platform: [cast.scout, cast.north],
    admin: [cast.north],
    auditor: [cast.north],
    enroller: [cast.north, cast.miner],
    instance: [cast.north, cast.miner],
  },
  instance: {
    platform: [scout1, cast.north1],
    admin: [cast.north1],
    auditor: [cast.north1],
    enroller: [cast.north1, scout1],
    instance: [cast.north1, cast.scout2],
  },
  token: {
    platform: [cast.scoutToken, cast.northToken],
    admin: [cast.northToken, cast.pipToken],
    auditor: [cast.northToken, cast.pipToken],
    enroller: [cast.northToken, cast.minerToken, cast.ivyToken],
    instance: [cast.northToken, cast.scoutToken],
  },
};

const absentIds: Readonly<Record<Field, string>> = {
  organisation: cast.idOf("organisation", 404),
  operator: cast.idOf("operator", 404),
  agent: cast.idOf("agent", 404),
  instance: cast.idOf("instance", 404),
  token: cast.idOf("enrolmentToken", 404),
};

/** What may be typed in the place of an id, ids of other kinds of thing among it. */
const typed = [
  "",
  " ",
  "null",
  "undefined",
  "__proto__",
  "constructor",
  "%",
  "*",
  "org_",
  cast.acme.toUpperCase(),
];
const ofOtherKinds = [cast.acme, ada, cast.scout, scout1, cast.scoutToken, cast.scout1Connection];

function ask(kind: CommandKind, field: Field, id: string, who: Who, tune?: (scene: Scene) => void) {
  const scene: Scene = sceneOf(kind);
  tune?.(scene);
  speakAs(scene, who);
  scene.command = { ...scene.command, [field]: id } as Scene["command"];
  return decide(scene.world, scene.command, scene.now);
}

const rows = fields.flatMap((field) =>
  taking[field].flatMap((kind) =>
    (Object.keys(callers) as CallerName[]).map((caller) => ({ kind, field, caller })),
  ),
);

describe("what is hidden and what is absent are the same answer, of the same questions, in the same order [API-4]", () => {
  test.each(rows)("$kind by $caller", ({ kind, field, caller }) => {
    const who = callers[caller];
    const absent = ask(kind, field, absentIds[field], who);
    expect(absent.verdict).toMatchObject({
      verdict: "refused",
      refusal: { code: "not-found" },
      cuts: [],
      sweeps: [],
      payloads: [],
    });
    const others = ofOtherKinds.filter((id) => id.slice(0, 3) !== absentIds[field].slice(0, 3));
    for (const id of [...hidden[field][caller], ...others, ...typed]) {
      expect(ask(kind, field, id, who)).toEqual(absent);
    }
  });

  test.each(rows.filter(({ caller }) => caller === "platform"))(
    "$kind by the platform after a recovery, of an organisation that is not stranded",
    ({ kind, field }) => {
      const recovered = ({ world }: Scene) => {
        world.era = 2;
        for (const id of [root, ada]) patch(world, "operators", { id }, { era: 2 });
      };
      const absent = ask(kind, field, absentIds[field], root, recovered);
      for (const id of hidden[field].platform.filter((one) => one !== cast.bea)) {
        expect(ask(kind, field, id, root, recovered)).toEqual(absent);
      }
    },
  );

  test.each(rows)("$kind by $caller: whatever became of what is hidden", ({ kind, field, caller }) => {
    const absent = ask(kind, field, absentIds[field], callers[caller]);
    const fallen = ({ world }: Scene) => {
      patch(world, "organisations", { id: cast.borealis }, { standing: "revoked" });
      patch(world, "operators", { id: cast.bea }, { standing: "revoked", generation: 3 });
      patch(world, "agents", { id: cast.north }, { standing: "revoked" });
      patch(world, "instances", { id: cast.north1 }, { standing: "expired" });
      patch(world, "enrolmentTokens", { id: cast.northToken }, { voidedAt: cast.now });
    };
    const ofBorealis = [
      cast.borealis,
      cast.bea,
      cast.north,
      cast.north1,
      cast.northToken,
    ] as readonly string[];
    for (const id of hidden[field][caller].filter((one) => ofBorealis.includes(one))) {
      expect(ask(kind, field, id, callers[caller], fallen)).toEqual(absent);
    }
  });

  test.each(["operator.invite", "operator.change"] as const)("%s: in a list as well", (kind) => {
    const named = (id: string) => {
      const scene: Scene = sceneOf(kind);
      scene.command = { ...scene.command, agents: [cast.scout, id] } as unknown as Scene["command"];
      return decide(scene.world, scene.command, scene.now);
    };
    const absent = named(cast.idOf("agent", 404));
    expect(absent.verdict).toMatchObject({ refusal: { code: "not-found", rule: "agents" } });
    for (const id of [cast.north, ada, "", "__proto__"]) expect(named(id)).toEqual(absent);
  });

  test("a key of somebody else's and one of nobody, for replacing one's own", () => {
    const old = (thumbprint: string) => {
      const { world, command, now } = sceneOf("key.replace");
      return decide(world, { ...command, old: thumbprint }, now);
    };
    expect(old(cast.thumbprintOf(cast.north1))).toEqual(old("nobody's"));
  });

  test("a principal of somebody else's and nobody, for an assertion with one's own key", () => {
    const naming = (principal: Who) => {
      const { world, command, now } = sceneOf("token.grant");
      return decide(world, { ...command, principal }, now);
    };
    expect(naming(cast.north1)).toEqual(naming(cast.idOf("instance", 404)));
  });
});

const ok = "accepted";
const role = "role.missing";
const none = "not-found";

/** What each caller is answered of what is acme's: everything it may name is there, nothing is in the way. */
const roles: Readonly<Partial<Record<CommandKind, Readonly<Record<CallerName, string>>>>> = {
  "organisation.create": { platform: ok, admin: role, auditor: role, enroller: role, instance: role },
  "organisation.suspend": { platform: ok, admin: role, auditor: role, enroller: role, instance: role },
  "organisation.resume": { platform: ok, admin: role, auditor: role, enroller: role, instance: role },
  "organisation.revoke": { platform: ok, admin: role, auditor: role, enroller: role, instance: role },
  "organisation.recover": { platform: ok, admin: role, auditor: role, enroller: role, instance: role },
  "operator.invite": { platform: role, admin: ok, auditor: role, enroller: role, instance: role },
  "operator.change": { platform: none, admin: ok, auditor: role, enroller: role, instance: none },
  "operator.suspend": { platform: none, admin: ok, auditor: role, enroller: role, instance: none },
  "operator.resume": { platform: none, admin: ok, auditor: role, enroller: role, instance: none },
  "operator.revoke": { platform: none, admin: ok, auditor: role, enroller: role, instance: none },
  "agent.create": { platform: role, admin: ok, auditor: role, enroller: role, instance: role },
  "agent.change": { platform: none, admin: ok, auditor: role, enroller: role, instance: role },
  "agent.suspend": { platform: none, admin: ok, auditor: role, enroller: role, instance: role },
  "agent.resume": { platform: none, admin: ok, auditor: role, enroller: role, instance: role },
  "agent.revoke": { platform: none, admin: ok, auditor: role, enroller: role, instance: role },
  "enrolment-token.mint": { platform: none, admin: ok, auditor: role, enroller: ok, instance: role },
  "enrolment-token.void": { platform: none, admin: ok, auditor: role, enroller: role, instance: none },
  "instance.suspend": { platform: none, admin: ok, auditor: role, enroller: none, instance: role },
  "instance.resume": { platform: none, admin: ok, auditor: role, enroller: none, instance: role },
  "instance.revoke": { platform: none, admin: ok, auditor: role, enroller: none, instance: role },
  "connection.open": { platform: role, admin: role, auditor: role, enroller: role, instance: ok },
  "envelopes.send": { platform: role, admin: role, auditor: role, enroller: role, instance: ok },
  "envelopes.ack": { platform: role, admin: role, auditor: role, enroller: role, instance: ok },
  "broker-key.rotate": { platform: ok, admin: role, auditor: role, enroller: role, instance: role },
};

describe("everybody against every command: 404 before 403 [API-4]", () => {
  const cells = Object.entries(roles).flatMap(([kind, row]) =>
    Object.entries(row).map(([caller, answer]) => ({
      kind: kind as CommandKind,
      caller: caller as CallerName,
      answer,
    })),
  );

  test("no command that somebody asks for is left out, but those that everybody may", () => {
    const everybody = ["key.replace", "connection.renew", "refusal.record"];
    // Who may what of workgroups, contracts and sessions stands in tables of their own.
    const elsewhere: object = { ...workgroupRules, ...contractRules, ...sessionRules };
    const withCaller = Object.entries(asked).flatMap(([kind, one]) =>
      "caller" in one && !(kind in elsewhere) ? [kind] : [],
    );
    expect([...Object.keys(roles), ...everybody].toSorted()).toEqual(withCaller.toSorted());
  });

  test.each(cells)("$kind by $caller: $answer", ({ kind, caller, answer }) => {
    const scene: Scene = sceneOf(kind);
    if (kind.startsWith("operator.") && kind !== "operator.invite") {
      scene.command = { ...scene.command, operator: enroller } as Scene["command"];
    }
    speakAs(scene, callers[caller]);
    const { verdict } = decide(scene.world, scene.command, scene.now);
    expect(verdict.verdict === "accepted" ? ok : verdict.refusal.code).toBe(answer);
  });
});
