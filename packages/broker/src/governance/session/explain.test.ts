import { completeTerms, type Refusal } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { Asking } from "../rule.js";
import * as cast from "../testing/cast.js";
import * as city from "../testing/city.js";
import { decide } from "../testing/decide.js";
import { proposeScenes, setTerms } from "../testing/propose-scenes.js";
import { type Scene, sceneOf } from "../testing/scene.js";
import { answerFrom, patch, put, type World } from "../testing/world.js";
import { envelopeTerms } from "./envelope-terms.js";
import { type Explanation, explainProposal, type Hypothesis } from "./explain.js";
import { propose } from "./propose.js";

type Proposing = Scene<"session.propose">;

/** What only a proposal itself can say: which id it bears, who signed it with what, over which connection it came. */
const saidByTheProposal = ["isInstance", "socketIsCurrent", "proposalIsNew", "keyIsCurrent"];
const names = propose.order.filter((name) => !saidByTheProposal.includes(name));
const pairs = names.flatMap((later, at) => names.slice(0, at).map((earlier) => ({ earlier, later })));
const possible = pairs.filter(
  ({ earlier, later }) => !(`${later} after ${earlier}` in (proposeScenes.apart ?? {})),
);

function sceneWith(...spoilt: readonly string[]): Proposing {
  const scene = sceneOf("session.propose");
  proposeScenes.good?.(scene);
  for (const name of spoilt) proposeScenes.checks[name]?.spoil(scene);
  return scene;
}

const asked: Hypothesis = {
  organisation: cast.acme,
  agent: cast.scout,
  instance: cast.scout1,
  advertisement: city.weather,
  workgroup: city.channel,
  capability: "weather.current",
  termsDigest: null,
  type: null,
};

function run<R>(world: World, asking: Asking<R>): R {
  let step = asking.next();
  while (!step.done) step = asking.next(answerFrom(world, step.value));
  return step.value;
}

function explain(world: World, more: Partial<Hypothesis> = {}, now: number = cast.now): Explanation {
  const found = run(world, explainProposal({ ...asked, ...more }, now));
  if ("code" in found) throw new RangeError(`refused: ${found.code}`);
  return found;
}

const firstNo = ({ checks }: Explanation) => checks.find(({ outcome }) => outcome === "refused");

/** As the scene's command says it, so that nothing but who looks differs. */
function explainScene({ world, command, now }: Proposing): Explanation {
  const { advertisement, workgroup, capability, termsDigest } = command.statement.claims;
  return explain(world, { advertisement, workgroup, capability, termsDigest }, now);
}

function proposeRefused({ world, command, now }: Proposing): Refusal {
  const { verdict } = decide(world, command, now);
  if (verdict.verdict === "accepted") throw new RangeError("accepted");
  return verdict.refusal;
}

describe("what would come of a proposal is what comes of it [RCH-1]", () => {
  test("nothing refuses what is good, and every check of the rule was made, in its order", () => {
    const { checks, offer } = explainScene(sceneWith());
    expect(checks.map(({ check }) => check)).toEqual(propose.order);
    expect(checks.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
    expect(offer).toMatchObject({ workgroup: city.channel, capability: "weather.current" });
  });

  test.each(names)("%s refuses alone, with the code, rule, limit and used of propose", (name) => {
    const scene = sceneWith(name);
    const refusal = proposeRefused(scene);
    expect(firstNo(explainScene(scene))).toEqual({
      ...{ of: "session.propose", check: name, outcome: "refused" },
      refusal,
    });
  });

  test.each(possible)("$earlier speaks before $later", ({ earlier, later }) => {
    const scene = sceneWith(later, earlier);
    const no = firstNo(explainScene(scene));
    expect(no).toMatchObject({ check: earlier, refusal: proposeRefused(scene) });
  });

  test.each(saidByTheProposal)("%s is of one proposal: what is asked about passes it", (name) => {
    const { checks } = explainScene(sceneWith(name));
    expect(checks.find(({ check }) => check === name)?.outcome).toBe("passed");
    expect(propose.order).toContain(name);
  });

  test("what stands after a refusal was not judged", () => {
    const { checks } = explainScene(sceneWith("isNotOwn"));
    const at = checks.findIndex(({ check }) => check === "isNotOwn");
    expect(checks.slice(0, at).every(({ outcome }) => outcome === "passed")).toBe(true);
    expect(checks.slice(at + 1).every(({ outcome }) => outcome === "not-made")).toBe(true);
  });

  test("tags that are tried out are let through, and said", () => {
    const scene = sceneWith();
    const observe = { until: new Date(cast.now + cast.day).toISOString(), terms: ["requiredTags" as const] };
    const [version] = scene.world.rows.contractVersions.values();
    const terms = { ...completeTerms({ requiredTags: { region: "eu" } }), observe };
    if (version) put(scene.world, "contractVersions", { ...version, terms });
    const { checks, wouldRefuse } = explainScene(scene);
    expect(checks.find(({ check }) => check === "consumerIsAdmitted")?.outcome).toBe("passed");
    expect(wouldRefuse).toEqual([{ rule: "requiredTags", detail: "region", at: "proposal" }]);
  });
});

describe("who would propose", () => {
  test("without an instance it is one in good standing: what is the agent's alone is judged", () => {
    const { world } = sceneWith();
    patch(world, "instances", { id: cast.scout1 }, { standing: "suspended" });
    expect(firstNo(explain(world, { instance: cast.scout1 }))?.refusal?.code).toBe("identity.suspended");
    expect(firstNo(explain(world, { instance: null }))).toBeUndefined();
    patch(world, "agents", { id: cast.scout }, { standing: "revoked" });
    expect(firstNo(explain(world, { instance: null }))).toMatchObject({
      check: "callerStands",
      refusal: { code: "identity.revoked" },
    });
  });

  test.each([
    ["an instance of another agent", { instance: cast.miner1 }],
    ["an instance of another organisation", { instance: cast.north1 }],
    ["an instance that nobody has", { instance: cast.idOf("instance", 404) }],
    ["an agent of another organisation", { agent: cast.north }],
    ["an agent that nobody has", { agent: cast.idOf("agent", 404) }],
  ])("%s is not there", (_name, more) => {
    expect(run(sceneWith().world, explainProposal({ ...asked, ...more }, cast.now))).toEqual({
      code: "not-found",
    });
  });
});

describe("what the agent does not see is not there, by the same questions", () => {
  const absent = cast.idOf("advertisement", 404);
  const questionsOf = (world: World, more: Partial<Hypothesis>) => {
    const asking = explainProposal({ ...asked, ...more }, cast.now);
    const questions: string[][] = [];
    let step = asking.next();
    while (!step.done) {
      questions.push(Object.values(step.value).map(({ find }) => find));
      step = asking.next(answerFrom(world, step.value));
    }
    return { questions, found: step.value };
  };

  test.each([
    ["an advertisement that nobody has", {}, { advertisement: absent }],
    ["one in a workgroup in which the agent may not engage", { engage: false }, {}],
    ["one in a workgroup that is not said", {}, { workgroup: "" }],
    ["one that is shown elsewhere", {}, { workgroup: city.den }],
  ])("%s", (_name, membership, more) => {
    const { world } = sceneWith();
    patch(world, "memberships", { workgroup: city.channel, agent: cast.scout }, membership);
    const hidden = questionsOf(world, more);
    const nothing = questionsOf(sceneWith().world, { advertisement: absent });
    expect(hidden).toEqual(nothing);
    expect(hidden.found).toMatchObject({ offer: null, wouldRefuse: [] });
  });
});

describe("a message of some type", () => {
  const sent = ({ checks }: Explanation) => checks.filter(({ of }) => of === "envelopes.send");
  const underTypes = (...messageTypes: { type: string; from: "consumer" | "provider" | "either" }[]) => {
    const { world } = sceneWith();
    setTerms(world, { messageTypes });
    return world;
  };

  test("is judged by every term of an envelope, in the order of send [ENV-4]", () => {
    const world = underTypes({ type: "weather.*", from: "consumer" });
    const checks = sent(explain(world, { type: "weather.request" }));
    expect(checks.map(({ check }) => check)).toEqual(envelopeTerms);
    expect(checks.every(({ outcome }) => outcome === "passed")).toBe(true);
  });

  test.each([
    ["that the terms do not list", "markets.request"],
    ["that only the provider may send", "weather.answer"],
  ])("%s is refused by its rule, and nothing after it is judged", (_name, type) => {
    const world = underTypes(
      { type: "weather.request", from: "consumer" },
      { type: "weather.answer", from: "provider" },
    );
    const [first, ...others] = sent(explain(world, { type }));
    expect(first).toEqual({
      ...{ of: "envelopes.send", check: "messageTypes", outcome: "refused" },
      refusal: { code: "contract.violation", rule: "messageTypes" },
    });
    expect(others.map(({ outcome }) => outcome)).toEqual(["not-made", "not-made", "not-made", "not-made"]);
  });

  test("of a side that may send nothing says its limit", () => {
    const { world } = sceneWith();
    setTerms(world, { maxEnvelopesBySide: { consumer: 0, provider: 5 } });
    expect(firstNo(explain(world, { type: "weather.request" }))?.refusal).toEqual({
      ...{ code: "contract.violation", rule: "maxEnvelopesBySide", limit: 0, used: 0 },
    });
  });

  test("that is tried out is let through, and said", () => {
    const { world } = sceneWith();
    const observe = { until: new Date(cast.now + cast.day).toISOString(), terms: ["messageTypes" as const] };
    setTerms(world, { messageTypes: [], observe });
    const { checks, wouldRefuse } = explain(world, { type: "weather.request" });
    expect(checks.every(({ outcome }) => outcome === "passed")).toBe(true);
    expect(wouldRefuse).toEqual([{ rule: "messageTypes", at: "envelope" }]);
  });

  test("is not judged where nothing could be proposed", () => {
    const explained = explainScene(sceneWith("sessionsLeft"));
    expect(sent(explained)).toEqual([]);
    const { world } = sceneWith("sessionsLeft");
    const checks = sent(explain(world, { type: "weather.request" }));
    expect(checks.map(({ outcome }) => outcome)).toEqual(envelopeTerms.map(() => "not-made"));
  });
});
