/** The life of one instance: suspended, resumed or revoked alone, touching no sibling, and expired when nobody saw it. */
import { limits, type Refusal } from "@parley/protocol";
import { askCaller, type CallerState, callerStands, homeOf, isAdmin, partyOf } from "../caller.js";
import type { Command } from "../command.js";
import type { Sweep } from "../engagement-entities.js";
import type { Connection, Instance, Millis, Seen } from "../entities.js";
import { happened, streamOf } from "../fact.js";
import { find, type Principal } from "../question.js";
import { ask, type Party, rule, sure } from "../rule.js";
import { askAnyOpenOf, askUnderWay, stillUnderWay, sweepOf } from "../session/sweep.js";
import { isFinal } from "../standing.js";
import { accept, no } from "../verdict.js";
import { cutsOf, isDone, isNotFinal, type Step, stepOf, takenAtAfter, told } from "./taking-away.js";
import { seesInstance } from "./visibility.js";

interface State extends CallerState {
  readonly target: Instance | undefined;
  readonly anyOpen: boolean;
  readonly begun: readonly Sweep[];
}

type Kind = "instance.suspend" | "instance.resume" | "instance.revoke";

function instanceIsSeen({ caller, target }: State): Refusal | undefined {
  return caller && target && seesInstance(caller, target) ? undefined : no("not-found");
}

export const instanceStanding = rule<Kind, State>({
  *gather(command) {
    const first = yield* ask(askCaller(command));
    const rest = yield* ask({
      target: find("instance", { organisation: homeOf(first.caller), id: command.instance }),
    });
    const third = yield* ask({
      anyOpen: askAnyOpenOf("instance", rest.target),
      begun: askUnderWay(rest.target?.organisation),
    });
    return { ...first, ...rest, ...third, party: partyOf(first.caller) };
  },
  who: [callerStands],
  what: [instanceIsSeen, isAdmin, isNotFinal],
  settle(state, command, now) {
    const target = sure(state.target);
    const step = stepOf(command, target);
    const era = step.verb === "resume" ? state.era : target.era;
    if (isDone(step, target) && target.era === era)
      return accept({ instance: target }, { sweeps: stillUnderWay(step, "instance", target, state.begun) });
    const { standing, generation } = step;
    const takenAt = takenAtAfter(step, target, now);
    const instance: Instance = { ...target, standing, generation, takenAt, era };
    const fact = factOf(step, command, instance);
    const swept = sweepOf(step, "instance", target, { command, anyOpen: state.anyOpen }, now);
    const cuts = cutsOf(step, "principal", target.id);
    return accept({ instance }, { facts: [fact, ...swept.facts], cuts, sweeps: swept.sweeps });
  },
});

function factOf(step: Step, command: Command<Kind>, { id, organisation, generation, era }: Instance) {
  const stream = streamOf(organisation);
  switch (step.past) {
    case "resumed":
      return happened(stream, "instance.resumed", told(command, id), { instance: id, era });
    case "revoked":
      return happened(stream, "instance.revoked", told(command, id), { instance: id, generation });
    case "suspended":
      return happened(stream, "instance.suspended", told(command, id), {
        instance: id,
        generation,
        why: "operator",
      });
  }
}

interface ExpireState {
  readonly principal: Principal | undefined;
  readonly seen: Seen | undefined;
  readonly connection: Connection | undefined;
  readonly party: Party | undefined;
}

/** When the instance ends if nothing is seen of it: an ephemeral one an hour after it was last connected. */
export function leaseEnd(
  instance: Instance,
  seen: Seen | undefined,
  connection: Connection | undefined,
  now: Millis,
): Millis {
  const seconds = instance.ephemeral ? limits.ephemeralSeconds : limits.leaseSeconds;
  if (connection?.state === "open") return now + seconds * 1_000;
  const last = instance.ephemeral ? seen?.connectedAt : seen?.seenAt;
  return Math.max(instance.enrolledAt, last ?? 0) + seconds * 1_000;
}

export const leaseDeadline = (instance: Instance["id"], dueAt: Millis) =>
  ({ do: "put", table: "deadlines", row: { kind: "instance.expire", subject: instance, dueAt } }) as const;

/** [ID-12] The timer only asks: whether the lease has really ended is judged here, and an early one is put off. */
export const expireInstance = rule<"instance.expire", ExpireState>({
  *gather({ instance: id }) {
    const state = yield* ask({
      principal: find("principal", { id }),
      seen: find("seen", { principal: id }),
      connection: find("connection", { instance: id }),
    });
    return { ...state, party: undefined };
  },
  who: [],
  what: [],
  settle({ principal, seen, connection }, command, now) {
    const done = {
      do: "drop",
      table: "deadlines",
      key: { kind: "instance.expire", subject: command.instance },
    } as const;
    if (principal?.kind !== "instance" || isFinal(principal.instance.standing))
      return accept({ expired: false }, { work: [done] });
    const { id, organisation, generation } = principal.instance;
    const end = leaseEnd(principal.instance, seen, connection, now);
    if (now < end) return accept({ expired: false }, { work: [leaseDeadline(id, end)] });
    const data = { instance: id, generation: generation + 1 };
    const fact = happened(
      streamOf(organisation),
      "instance.expired",
      { actor: "broker", cause: command.id, subject: id },
      data,
    );
    return accept(
      { expired: true },
      { facts: [fact], work: [done], cuts: [{ scope: "principal", id, reason: "revoked" }] },
    );
  },
});
