/**
 * Redeeming an enrolment token: the only way in which a key becomes a principal's. Possession of the key was proven
 * before; here is judged whether the token still stands, and it is used up in the same transaction.
 */
import { type AgentId, isId, limits, type Refusal } from "@parley/protocol";
import type { Command } from "../command.js";
import type {
  Agent,
  EnrolmentToken,
  Instance,
  Millis,
  Operator,
  Organisation,
  PrincipalKey,
} from "../entities.js";
import { happened, streamOf } from "../fact.js";
import { noAgent, noOperator, nowhere } from "../nobody.js";
import { find, type Principal } from "../question.js";
import { ask, type Party, rule, sure } from "../rule.js";
import { accept, no } from "../verdict.js";
import { leaseDeadline } from "./instance-standing.js";
import { targetGeneration, tokenStands } from "./mint.js";

interface State {
  readonly token: EnrolmentToken | undefined;
  readonly key: PrincipalKey | undefined;
  readonly era: number;
  readonly minter: Principal | undefined;
  readonly organisation: Organisation | undefined;
  readonly operator: Operator | undefined;
  readonly agent: Agent | undefined;
  readonly instances: number;
  readonly party: Party | undefined;
}

function tokenIsKnown({ token }: State): Refusal | undefined {
  return token === undefined ? no("enrolment.invalid") : undefined;
}

function tokenIsNotVoid(state: State): Refusal | undefined {
  const { token, minter, era, organisation } = state;
  const target = state.operator ?? state.agent;
  if (token === undefined || target === undefined || organisation?.standing === "revoked")
    return no("enrolment.invalid");
  const authority = { era, minter, targetGeneration: targetGeneration(organisation, target) };
  return tokenStands(token, authority) ? undefined : no("enrolment.invalid");
}

function organisationIsActive({ organisation }: State): Refusal | undefined {
  return organisation?.standing === "suspended" ? no("identity.suspended") : undefined;
}

function tokenHasUses({ token }: State): Refusal | undefined {
  return token?.usesLeft === 0 ? no("enrolment.used") : undefined;
}

/** An operator holds one key. Its token has one use; should one ever have more, they are used up with the first. */
function operatorIsNew({ operator }: State): Refusal | undefined {
  return operator !== undefined && operator.enrolledAt !== null ? no("enrolment.used") : undefined;
}

function tokenIsNotExpired({ token }: State, _command: unknown, now: Millis): Refusal | undefined {
  return token !== undefined && now >= token.expiresAt ? no("enrolment.expired") : undefined;
}

function tokenWorksYet({ token }: State, _command: unknown, now: Millis): Refusal | undefined {
  return token !== undefined && now < token.notBefore
    ? no("enrolment.not-yet", { retryAfterMs: token.notBefore - now })
    : undefined;
}

/** [ID-3] A thumbprint belongs to one principal for ever. */
function keyIsFree({ key }: { readonly key: PrincipalKey | undefined }): Refusal | undefined {
  return key === undefined ? undefined : no("key.taken");
}

function instancesLeft({ instances: used }: State): Refusal | undefined {
  const limit = limits.instancesPerAgent;
  return used < limit ? undefined : no("limit.reached", { rule: "instancesPerAgent", limit, used });
}

export const enrolPrincipal = rule<"principal.enrol", State>({
  *gather(command) {
    const first = yield* ask({
      token: find("enrolmentDigest", { digest: command.tokenDigest }),
      key: find("key", { thumbprint: command.thumbprint }),
      era: find("era", {}),
    });
    const { token } = first;
    const target = token?.for ?? "";
    const organisation = token?.organisation ?? nowhere;
    const rest = yield* ask({
      minter: find("principal", { id: token?.mintedBy ?? noOperator }),
      organisation: find("organisation", { id: organisation }),
      operator: find("operator", { organisation: token?.organisation ?? null, id: target }),
      agent: find("agent", { organisation, id: target }),
      instances: find("instanceCount", { agent: isId("agent", target) ? target : noAgent }),
    });
    return { ...first, ...rest, party: token && { id: token.id, organisation: token.organisation } };
  },
  who: [tokenIsKnown],
  repeat({ token, key }) {
    if (token === undefined || key?.token !== token.id) return undefined;
    const { organisation } = token;
    if (isId("operator", key.principal))
      return accept({ kind: "operator", operator: key.principal, organisation });
    const [agent, home] = [token.for as AgentId, sure(organisation)];
    return accept({ kind: "instance", instance: key.principal, agent, organisation: home });
  },
  what: [
    tokenIsNotVoid,
    organisationIsActive,
    tokenHasUses,
    operatorIsNew,
    tokenIsNotExpired,
    tokenWorksYet,
    keyIsFree,
    instancesLeft,
  ],
  settle: (state, command, now) =>
    state.agent ? enrolInstance(state, state.agent, command, now) : enrolOperator(state, command, now),
});

type Redeem = Command<"principal.enrol">;

function redeemed(token: EnrolmentToken) {
  return { id: token.id, usesLeft: token.usesLeft - 1 };
}

function keyOf(
  principal: PrincipalKey["principal"],
  command: Redeem,
  token: EnrolmentToken,
  now: Millis,
): PrincipalKey {
  const { thumbprint, x } = command;
  return { thumbprint, principal, x, state: "current", since: now, replacedAt: null, token: token.id };
}

function enrolOperator(state: State, command: Redeem, now: Millis) {
  const token = sure(state.token);
  const { id, organisation, version } = sure(state.operator);
  const key = keyOf(id, command, token, now);
  const data = {
    operator: id,
    version: version + 1,
    thumbprint: key.thumbprint,
    enrolledAt: now,
    key,
    token: redeemed(token),
  };
  const fact = happened(
    streamOf(organisation),
    "operator.enrolled",
    { actor: token.id, subject: id, cause: command.id },
    data,
  );
  return accept({ kind: "operator", operator: id, organisation } as const, { facts: [fact] });
}

function enrolInstance(state: State, agent: Agent, command: Redeem, now: Millis) {
  const token = sure(state.token);
  const { instance: id, thumbprint } = command;
  const instance: Instance = {
    id,
    agent: agent.id,
    organisation: agent.organisation,
    standing: "active",
    generation: 0,
    takenAt: 0,
    era: state.era,
    ephemeral: token.ephemeral,
    thumbprint,
    enrolledAt: now,
  };
  const data = { instance, key: keyOf(id, command, token, now), token: redeemed(token) };
  const told = { actor: token.id, subject: id, cause: command.id };
  const seconds = token.ephemeral ? limits.ephemeralSeconds : limits.leaseSeconds;
  return accept(
    { kind: "instance", instance: id, agent: agent.id, organisation: agent.organisation } as const,
    {
      facts: [happened(streamOf(agent.organisation), "instance.enrolled", told, data)],
      work: [
        { do: "put", table: "seen", row: { principal: id, seenAt: now, connectedAt: null } },
        leaseDeadline(id, now + seconds * 1_000),
      ],
    },
  );
}
