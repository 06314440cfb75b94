/**
 * Contracts and advertisements: hidden and absent are one answer of the same questions, whoever asks and in whatever
 * place it is named, and come before what a role does not allow.
 */
import { type ContractId, defaultContract, type WorkgroupId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { CommandKind } from "../command.js";
import { asked } from "../testing/asked.js";
import { iceTerms, signedAdvertisement, tidesContent, tidesDigest } from "../testing/asked-contracts.js";
import { bert, edda, south, south1, staff } from "../testing/borealis.js";
import * as cast from "../testing/cast.js";
import { channel, den, dora, drift1, spareContract, weatherContract } from "../testing/city.js";
import { decide } from "../testing/decide.js";
import { type Scene, sceneOf, speakAs } from "../testing/scene.js";
import { patch, put } from "../testing/world.js";

const { ada, bea, north1, root, scout1, idOf } = cast;
type Who = typeof root | typeof scout1;

/** Everybody of borealis, the platform, and those of others: in the same workgroup, and of nothing. */
const callers = { root, bea, bert, edda, north1, south1, ada, scout1, dora, drift1 } as const;
type CallerName = keyof typeof callers;
const names = Object.keys(callers) as CallerName[];
const ofBorealis: readonly CallerName[] = ["bea", "bert", "edda", "north1", "south1"];

interface Asking {
  readonly kind: CommandKind;
  readonly field: string;
  readonly value: string;
  readonly who: Who;
}
function ask({ kind, field, value, who }: Asking, tune: (scene: Scene) => void = () => undefined) {
  const scene: Scene = sceneOf(kind);
  staff(scene.world);
  tune(scene);
  speakAs(scene, who);
  scene.command = { ...scene.command, [field]: value } as Scene["command"];
  return decide(scene.world, scene.command, scene.now);
}

const typed = [
  "",
  " ",
  "__proto__",
  "constructor",
  "%",
  "ctr_",
  cast.acme,
  cast.north1,
  channel,
  defaultContract,
];
const fields = {
  contract: {
    kinds: ["contract.version", "contract.delete"],
    there: [weatherContract, spareContract],
    absent: idOf("contract", 404),
  },
  agent: {
    kinds: ["advertisement.publish", "advertisement.retract"],
    there: [cast.north, south],
    absent: idOf("agent", 404),
  },
  name: { kinds: ["advertisement.retract"], there: ["weather"], absent: "nothing" },
} as const;
type Field = keyof typeof fields;

const rows = (Object.keys(fields) as Field[]).flatMap((field) =>
  fields[field].kinds.flatMap((kind) => names.map((caller) => ({ field, kind, caller }))),
);

/** Which of what is there a caller does not see. */
function hiddenFrom(caller: CallerName, field: Field): readonly string[] {
  if (!ofBorealis.includes(caller)) return fields[field].there;
  if (field !== "agent") return [];
  if (caller === "south1") return [cast.north];
  return caller === "north1" || caller === "edda" ? [south] : [];
}

const fallen = ({ world }: Scene): void => {
  patch(world, "contracts", { id: weatherContract }, { state: "deleted" });
  patch(world, "agents", { id: cast.north }, { standing: "revoked" });
  patch(world, "agents", { id: south }, { standing: "suspended" });
  world.rows.sessions.clear();
  world.rows.sides.clear();
};

describe("what is hidden and what is absent are the same answer, of the same questions [API-4]", () => {
  test.each(rows)("$kind by $caller: $field", ({ field, kind, caller }) => {
    const who = callers[caller];
    const absent = ask({ kind, field, value: fields[field].absent, who });
    expect(absent.verdict).toMatchObject({ refusal: { code: "not-found" }, cuts: [], sweeps: [] });
    for (const value of [...hiddenFrom(caller, field), ...typed]) {
      expect(ask({ kind, field, value, who })).toEqual(absent);
    }
  });

  test.each(rows.filter(({ caller }) => !ofBorealis.includes(caller)))(
    "$kind by $caller: $field, whatever became of it",
    ({ field, kind, caller }) => {
      const who = callers[caller];
      const absent = ask({ kind, field, value: fields[field].absent, who });
      for (const value of hiddenFrom(caller, field))
        expect(ask({ kind, field, value, who }, fallen)).toEqual(absent);
    },
  );
});

describe("what terms and advertisements name, hidden and absent alike [API-4]", () => {
  const nowhere = idOf("workgroup", 404);

  test.each(["contract.create", "contract.version"] as const)("%s: required workgroups", (kind) => {
    const requiring = (who: Who, id: WorkgroupId) => {
      const scene = sceneOf(kind);
      staff(scene.world);
      speakAs(scene, who);
      const statement = { ...scene.command.statement, thumbprint: cast.thumbprintOf(who) };
      const terms = { ...iceTerms, requiredWorkgroups: [channel, id] };
      return decide(scene.world, { ...scene.command, terms, statement }, scene.now);
    };
    for (const who of [bea, north1, south1]) {
      const absent = requiring(who, nowhere);
      expect(absent.verdict).toMatchObject({ refusal: { code: "not-found", rule: "requiredWorkgroups" } });
      for (const id of [den, cast.acme, weatherContract])
        expect(requiring(who, id as WorkgroupId)).toEqual(absent);
    }
  });

  const publishing = (
    workgroup: WorkgroupId,
    contract: ContractId,
    tune: (scene: Scene) => void = () => undefined,
  ) => {
    const scene = sceneOf("advertisement.publish");
    tune(scene);
    const { termsDigest } = tidesContent.contract;
    const content = {
      ...tidesContent,
      workgroups: [channel, workgroup],
      contract: { id: contract, termsDigest },
    };
    const statement = signedAdvertisement(content, tidesDigest);
    return decide(scene.world, { ...scene.command, content, statement }, scene.now);
  };

  test("publishing: workgroups, also one of its organisation that its agent is no member of", () => {
    const absent = publishing(nowhere, weatherContract);
    expect(absent.verdict).toMatchObject({ refusal: { code: "not-found", rule: "workgroups" } });
    expect(publishing(den, weatherContract)).toEqual(absent);
    const owned = ({ world }: Scene) =>
      put(world, "participations", {
        workgroup: den,
        organisation: cast.borealis,
        state: "in",
        since: 1,
        takenAt: 0,
      });
    expect(publishing(den, weatherContract, owned)).toEqual(absent);
  });

  test("publishing: the contract of another organisation", () => {
    const absent = publishing(channel, idOf("contract", 404));
    expect(absent.verdict).toMatchObject({ refusal: { code: "not-found", rule: "contract" } });
    const foreign = ({ world }: Scene) => {
      patch(world, "contracts", { id: weatherContract }, { organisation: cast.acme });
      patch(world, "contractVersions", { contract: weatherContract, number: 1 }, { organisation: cast.acme });
    };
    expect(publishing(channel, weatherContract, foreign)).toEqual(absent);
  });
});

describe("a contract of its organisation that requires a workgroup in which an instance is not [CON-9]", () => {
  const requiring = (requiredWorkgroups: WorkgroupId[]) => (scene: Scene) => {
    const key = { contract: weatherContract, number: 1 };
    patch(scene.world, "contractVersions", key, { terms: { ...iceTerms, requiredWorkgroups } });
  };
  const wanted = (
    kind: "contract.version" | "contract.delete",
    who: Who,
    contract: ContractId,
    tune = requiring([]),
  ) => ask({ kind, field: "contract", value: contract, who }, tune);

  test.each(["contract.version", "contract.delete"] as const)("%s: it is not there", (kind) => {
    const absent = wanted(kind, north1, idOf("contract", 404));
    expect(absent.verdict).toMatchObject({ refusal: { code: "not-found" } });
    expect(wanted(kind, north1, weatherContract, requiring([den]))).toEqual(absent);
    expect(wanted(kind, north1, weatherContract, requiring([channel]))).not.toEqual(absent);
    expect(wanted(kind, bea, weatherContract, requiring([den]))).not.toEqual(absent);
  });

  test("advertisement.publish: it is not there", () => {
    const publish = (who: Who, tune: (scene: Scene) => void) => {
      const scene = sceneOf("advertisement.publish");
      tune(scene);
      speakAs(scene, who);
      const statement = signedAdvertisement(tidesContent, tidesDigest, who);
      return decide(scene.world, { ...scene.command, statement }, scene.now).verdict;
    };
    expect(publish(north1, requiring([den]))).toMatchObject({
      refusal: { code: "not-found", rule: "contract" },
    });
    expect(publish(north1, requiring([channel]))).toMatchObject({ verdict: "accepted" });
    expect(publish(bea, requiring([den]))).toMatchObject({ verdict: "accepted" });
  });
});

const ok = "accepted";
const role = "role.missing";
const none = "not-found";
const strangers = { root: none, ada: none, scout1: none, dora: none, drift1: none } as const;
/** What each is answered of what is borealis' and `north`'s. */
const roles: Readonly<Partial<Record<CommandKind, Readonly<Record<CallerName, string>>>>> = {
  "contract.create": {
    root: role,
    bea: ok,
    bert: role,
    edda: role,
    north1: ok,
    south1: ok,
    ada: ok,
    scout1: ok,
    dora: ok,
    drift1: ok,
  },
  "contract.version": { ...strangers, bea: ok, bert: role, edda: role, north1: ok, south1: ok },
  "contract.delete": { ...strangers, bea: ok, bert: role, edda: role, north1: ok, south1: ok },
  "advertisement.publish": { ...strangers, bea: ok, bert: role, edda: role, north1: ok, south1: none },
  "advertisement.retract": { ...strangers, bea: ok, bert: role, edda: role, north1: ok, south1: none },
};

describe("everybody against every command about contracts and advertisements: 404 before 403 [API-4]", () => {
  const cells = Object.entries(roles).flatMap(([kind, row]) =>
    Object.entries(row).map(([caller, answer]) => ({
      kind: kind as CommandKind,
      caller: caller as CallerName,
      answer,
    })),
  );

  test("none is left out", () => {
    const kinds = Object.keys(asked).filter((kind) => /^(contract|advertisement)\./.test(kind));
    expect(Object.keys(roles)).toEqual(kinds);
  });

  test.each(cells)("$kind by $caller: $answer", ({ kind, caller, answer }) => {
    const scene: Scene = sceneOf(kind);
    staff(scene.world);
    const who = callers[caller];
    speakAs(scene, who);
    if ("statement" in scene.command) {
      const statement = { ...scene.command.statement, thumbprint: cast.thumbprintOf(who) };
      scene.command = { ...scene.command, statement } as Scene["command"];
    }
    const { verdict } = decide(scene.world, scene.command, scene.now);
    expect(verdict.verdict === "accepted" ? ok : verdict.refusal.code).toBe(answer);
  });
});
