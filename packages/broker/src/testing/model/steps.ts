/** Random steps: who asks what of whom, and how much time passes before. */
import fc from "fast-check";
import {
  agentCount,
  agentOfInstance,
  instanceCount,
  orgCount,
  orgOfAgent,
  type State,
  type Step,
  type Who,
} from "./shapes.js";

export const groupCount = 3;
export const tagNames = ["t0", "t1"] as const;

const admin: fc.Arbitrary<Who> = fc.nat(orgCount - 1).map((at) => ({ kind: "admin", at }));
const instance: fc.Arbitrary<Who> = fc.nat(instanceCount - 1).map((at) => ({ kind: "instance", at }));
const anybody = fc.oneof({ weight: 1, arbitrary: admin }, { weight: 3, arbitrary: instance });
/** Never none: what is taken and given back in one millisecond is another matter, and has a test of its own. */
const passes = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(1, 1, 10, 1_000) },
  { weight: 1, arbitrary: fc.constantFrom(59_999, 60_000, 119_999, 300_000) },
);
const group = fc.nat(groupCount - 1);
const agent = fc.nat(agentCount - 1);
const tag = fc.constantFrom(...tagNames);
const yes = fc.constantFrom(true, true, true, true, false);

/** The organisation's own agent most of the time. */
const own = fc.record({
  who: admin,
  second: fc.boolean(),
  foreign: fc.constantFrom(false, false, false, true),
});
const withAgent = own.map(({ who, second, foreign }) => ({
  who,
  agent: (2 * who.at + (second ? 1 : 0) + (foreign ? 2 : 0)) % agentCount,
}));

const naming = fc
  .record({ of: withAgent, group, offer: yes, engage: yes, passes })
  .map(({ of, ...rest }): Step => ({ kind: "name", ...of, ...rest }));
/** A selector that gives nothing is not well-formed. */
const given = fc.constantFrom(
  ...[0, 1, 2].map(() => ({ offer: true, engage: true })),
  { offer: true, engage: false },
  { offer: false, engage: true },
);
const selecting = fc
  .record({ who: admin, group, tag, given, passes })
  .map(({ given: rights, ...rest }): Step => ({ kind: "select", ...rest, ...rights }));
const ending = fc.record({
  kind: fc.constantFrom("unselect" as const, "unselect" as const, "leave" as const),
  who: admin,
  group,
  passes,
});
const dissolving = fc.record({ kind: fc.constant("dissolve" as const), who: admin, group, passes });
const entering = fc.record({
  kind: fc.constantFrom("enter" as const, "enter" as const, "hand-over" as const),
  who: admin,
  group,
  org: fc.nat(orgCount - 1),
  passes,
});
const tagging = fc
  .record({ of: withAgent, tags: fc.subarray([...tagNames]), passes })
  .map(({ of, ...rest }): Step => ({ kind: "tag", ...of, ...rest }));
const verb = fc.constantFrom(
  "suspend" as const,
  "resume" as const,
  "resume" as const,
  "suspend" as const,
  "revoke" as const,
);
const standing = fc
  .record({
    of: withAgent,
    verb,
    kind: fc.constantFrom("agent" as const, "instance" as const),
    odd: fc.nat(1),
    passes,
  })
  .map(
    ({ of: { who, agent: target }, verb, kind, odd, passes }): Step => ({
      kind: "standing",
      who,
      verb,
      of: kind,
      at: kind === "agent" ? target : 2 * target + odd,
      passes,
    }),
  );
const tenancy = fc.record({
  kind: fc.constant("tenant" as const),
  who: admin,
  verb: fc.constantFrom(
    ...["suspend", "suspend", "resume", "resume", "resume", "resume"],
    "revoke",
  ) as fc.Arbitrary<"suspend" | "resume" | "revoke">,
  org: fc.nat(orgCount - 1),
  passes,
});
const publishing = fc.record({
  kind: fc.constant("publish" as const),
  who: fc.oneof(admin, instance),
  agent,
  groups: fc.subarray([0, 1, 2], { minLength: 1 }),
  acceptance: fc.constantFrom("open" as const, "provider" as const, "provider" as const, "operator" as const),
  tag: fc.constantFrom(undefined, undefined, undefined, "t0"),
  passes,
});
/** By whom it may be done, so that offers are common. */
const publishingOwn = publishing.map((step) => ({
  ...step,
  who: { kind: "admin", at: orgOfAgent(step.agent) } as const,
}));
const retracting = fc
  .record({ of: withAgent, passes })
  .map(({ of, passes }): Step => ({ kind: "retract", ...of, passes }));
/** Whoever may have something to do with a session, by what it is to it; found out when the step is taken. */
const parts = [
  "consumer",
  "consumer",
  "provider",
  "provider",
  "consumer-sibling",
  "provider-sibling",
  "consumer-admin",
  "provider-admin",
  "anybody",
] as const;

const proposing = fc.record({
  kind: fc.constant("propose" as const),
  who: fc.oneof({ weight: 9, arbitrary: instance }, { weight: 1, arbitrary: admin }),
  offer: fc.nat(2),
  group: fc.constantFrom(0, 0, 0, 0, 1, 2),
  stale: fc.constantFrom(false, false, false, false, false, false, false, true),
  passes,
});
const dealing = fc.record({
  kind: fc.constant("deal" as const),
  who: anybody,
  part: fc.constantFrom(...parts),
  /** Counted back from the newest. */
  back: fc.constantFrom(0, 0, 0, 1, 1, 2, 3),
  verb: fc.constantFrom(
    "accept" as const,
    "accept" as const,
    "join" as const,
    "join" as const,
    "join" as const,
    "reject" as const,
    "withdraw" as const,
    "close" as const,
  ),
  passes,
});
/** What is written before who is concerned is known. */
export type Plan = Step | (typeof dealing extends fc.Arbitrary<infer T> ? T : never);

export function stepOf(plan: Plan, state: State): Step {
  if (plan.kind !== "deal") return plan;
  const { part, back, who, verb, passes: after } = plan;
  const session = state.sessions.length - 1 - back;
  const at = state.sessions[session];
  const provider = state.offers[at?.offer ?? -1]?.agent;
  const asked = { kind: "session", session, verb, passes: after } as const;
  if (at === undefined || provider === undefined || part === "anybody") return { ...asked, who };
  const holder = part.startsWith("consumer") ? at.consumerInstance : (at.providerInstance ?? 2 * provider);
  if (part.endsWith("admin"))
    return { ...asked, who: { kind: "admin", at: orgOfAgent(agentOfInstance(holder)) } };
  return { ...asked, who: { kind: "instance", at: part.endsWith("sibling") ? holder ^ 1 : holder } };
}

/** Somebody offers something at first: under each kind of acceptance. */
const offered: readonly Step[] = (["open", "provider", "operator"] as const).map((acceptance, at) => ({
  kind: "publish",
  who: { kind: "admin", at },
  agent: 2 * at,
  groups: [[0, 1], [0], [0, 2]][at] ?? [],
  acceptance,
  tag: undefined,
  passes: 1,
}));

const plans = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: naming },
    { weight: 1, arbitrary: selecting },
    { weight: 1, arbitrary: fc.oneof(ending, entering, entering) },
    { weight: 2, arbitrary: tagging },
    { weight: 2, arbitrary: standing },
    { weight: 1, arbitrary: tenancy },
    { weight: 1, arbitrary: fc.oneof(publishing, publishingOwn, publishingOwn, retracting) },
    { weight: 12, arbitrary: proposing },
    { weight: 20, arbitrary: dealing },
    // A workgroup ends once, and nothing happens in it after.
    {
      weight: 1,
      arbitrary: fc.oneof({ weight: 6, arbitrary: naming }, { weight: 1, arbitrary: dissolving }),
    },
  ) as fc.Arbitrary<Plan>,
  { minLength: 1, maxLength: 40, size: "max" },
);
export const stories: fc.Arbitrary<Plan[]> = plans.map((plan) => [...offered, ...plan]);

/** Three workgroups: all are in the first, two in the second, one in the third; every agent may do everything there. */
export function beginning(now: number): State {
  const inside = [[0, 1, 2], [0, 1], [2]];
  return {
    now,
    orgs: Array.from({ length: orgCount }, () => "active" as const),
    agents: Array.from({ length: agentCount }, () => ({ standing: "active" as const, tags: [] })),
    instances: Array.from({ length: instanceCount }, () => "active" as const),
    groups: inside.map((orgs) => ({
      owner: orgs[0] ?? 0,
      dissolved: false,
      inside: new Set(orgs),
      left: new Set<number>(),
      named: orgs.flatMap((org) =>
        [2 * org, 2 * org + 1].map((one) => ({ agent: one, offer: true, engage: true })),
      ),
      selectors: [],
    })),
    offers: [],
    sessions: [],
  };
}
