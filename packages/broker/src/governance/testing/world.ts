/**
 * A world in plain maps that answers questions as `question.ts` describes them: what rules are tested against. It keeps
 * nothing back and protects nothing; the stores have suites of their own.
 */

import type { EnrolmentToken, Operator } from "../entities.js";
import type { Answers, Principal, Question } from "../question.js";
import { type Answering, all, get, owned, type World } from "./rows.js";
import { contractAnswers } from "./world-contracts.js";
import { envelopeAnswers } from "./world-envelopes.js";
import { sessionAnswers } from "./world-sessions.js";
import { workgroupAnswers } from "./world-workgroups.js";

export {
  type Answering,
  all,
  change,
  copyOf,
  emptyWorld,
  get,
  owned,
  patch,
  put,
  tableNames,
  type World,
} from "./rows.js";

const isOpen = (token: EnrolmentToken, now: number): boolean =>
  token.usesLeft > 0 && token.voidedAt === null && now < token.expiresAt;

function isAdminIn(organisation: string | null, { era }: World): (operator: Operator) => boolean {
  const role = organisation === null ? "platform" : "admin";
  return (operator) =>
    operator.organisation === organisation &&
    operator.role === role &&
    operator.enrolledAt !== null &&
    operator.standing === "active" &&
    operator.era === era;
}

function principalOf(world: World, id: string): Principal | undefined {
  const home = (of: string | null) =>
    of === null ? null : (get(world, "organisations", { id: of }) ?? null);
  const operator = get(world, "operators", { id });
  if (operator) return { kind: "operator", operator, organisation: home(operator.organisation) };
  const instance = get(world, "instances", { id });
  const agent = instance && get(world, "agents", { id: instance.agent });
  const organisation = instance && home(instance.organisation);
  return agent && organisation ? { kind: "instance", instance, agent, organisation } : undefined;
}

const answering: Answering = {
  ...workgroupAnswers,
  ...contractAnswers,
  ...sessionAnswers,
  ...envelopeAnswers,
  digest: (_world, { text }) => `digest of ${text}`,
  era: (world) => world.era,
  principal: (world, { id }) => principalOf(world, id),
  speaker: (world, { id }) => principalOf(world, id),
  spokenIn: (world, by) => sessionAnswers.session(world, by),
  organisation: (world, { id }) => get(world, "organisations", { id }),
  organisationNamed: (world, { name }) => all(world, "organisations").find((row) => row.name === name),
  organisationCount: (world) => world.rows.organisations.size,
  operator: (world, { organisation, id }) => owned(get(world, "operators", { id }), organisation),
  operatorAnywhere: (world, { id }) => get(world, "operators", { id }),
  operatorCount: (world, { organisation }) =>
    all(world, "operators").filter((row) => row.organisation === organisation).length,
  adminCount: (world, { organisation }) =>
    all(world, "operators").filter(isAdminIn(organisation, world)).length,
  agent: (world, { organisation, id }) => owned(get(world, "agents", { id }), organisation),
  agentNamed: (world, { organisation, name }) =>
    all(world, "agents").find((row) => row.organisation === organisation && row.name === name),
  agentCount: (world, { organisation }) =>
    all(world, "agents").filter((row) => row.organisation === organisation).length,
  agentsAmong: (world, { organisation, ids }) =>
    all(world, "agents").filter((row) => row.organisation === organisation && ids.includes(row.id)).length,
  instance: (world, { organisation, id }) => owned(get(world, "instances", { id }), organisation),
  instanceCount: (world, { agent }) =>
    all(world, "instances").filter(
      (row) => row.agent === agent && (row.standing === "active" || row.standing === "suspended"),
    ).length,
  key: (world, by) => get(world, "principalKeys", by),
  keyReplacements: (world, { principal, since }) =>
    all(world, "principalKeys").filter(
      (row) => row.principal === principal && row.token === null && row.since > since,
    ).length,
  enrolmentDigest: (world, { digest }) => all(world, "enrolmentTokens").find((row) => row.digest === digest),
  enrolmentToken: (world, { organisation, id }) => owned(get(world, "enrolmentTokens", { id }), organisation),
  openTokenCount: (world, by) =>
    all(world, "enrolmentTokens").filter(
      (row) =>
        row.organisation === by.organisation &&
        isOpen(row, by.now) &&
        (by.for === null || row.for === by.for),
    ).length,
  openRecoveryCount: (world, { organisation, now }) =>
    all(world, "enrolmentTokens").filter(
      (row) => row.organisation === organisation && isOpen(row, now) && row.notBefore > row.mintedAt,
    ).length,
  prior: (world, by) => get(world, "priors", by),
  refusalCount: (world, by) => get(world, "refusalCounts", by),
  seen: (world, by) => get(world, "seen", by),
  connection: (world, by) => get(world, "connections", by),
  openConnections: (world) => all(world, "connections").filter(({ state }) => state === "open"),
  probe: (world, by) => get(world, "probes", by),
  enrolmentTokensOpenForPlatform: (world, { now }) =>
    all(world, "enrolmentTokens")
      .filter((row) => row.organisation === null && isOpen(row, now))
      .map((row) => ({ id: row.id, for: row.for as Operator["id"] })),
};

export function answerFrom<Q extends Question>(world: World, question: Q): Answers<Q> {
  const answers = Object.entries(question).map(([name, { find, by }]) => {
    // The compiler loses in the union that a lookup's name and what it asks by belong together.
    const answer = answering[find] as (world: World, by: unknown) => unknown;
    return [name, answer(world, by)] as const;
  });
  return Object.fromEntries(answers) as Answers<Q>;
}
