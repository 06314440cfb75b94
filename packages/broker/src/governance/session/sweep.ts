/**
 * A sweep: the open sessions that a taking away has closed for every decision, and whose closing facts follow in
 * batches. It is a fact and a row, so that what a crash leaves unfinished is taken up at the next start [SES-20].
 */
import type { CommandId, OrganisationId, PrincipalId, SessionEnding } from "@parley/protocol";
import type { Caller } from "../command.js";
import type { Sweep, SweepScope } from "../engagement-entities.js";
import type { Millis } from "../entities.js";
import { happened, type NewFact, streamOf } from "../fact.js";
import { endingAfter, type Step } from "../identity/taking-away.js";
import { nowhere } from "../nobody.js";
import { find } from "../question.js";
import { type Asking, ask } from "../rule.js";

/** Whether anything is open there: a taking away that concerns no session begins no sweep. */
export const askAnyOpen = (scope: SweepScope) => find("anyOpenSession", scope);

/** Those of the scopes in which anything is open. */
export function* askOpenAmong(scopes: readonly SweepScope[]): Asking<readonly SweepScope[]> {
  if (scopes.length === 0) return [];
  const open = yield* ask(
    Object.fromEntries(scopes.map((scope, part) => [`open${part}`, askAnyOpen(scope)])),
  );
  return scopes.filter((_scope, part) => open[`open${part}`]);
}

/** Whom a standing closes for: nothing is open of nobody, by the same statement as of anybody. */
export const askAnyOpenOf = (by: "agent" | "instance", target: { readonly id: string } | undefined) =>
  askAnyOpen({ by, of: target?.id ?? "", within: null });

/** What is still under way of what was taken before: whoever takes it again waits for it, as for its own [SES-20]. */
export const askUnderWay = (organisation: OrganisationId | null | undefined) =>
  find("sweepsUnderWay", { organisation: organisation ?? nowhere });

export const underWayIn = (begun: readonly Sweep[], { by, of, within }: SweepScope): readonly Sweep[] =>
  begun.filter((one) => one.by === by && one.of === of && one.within === within);

export const stillUnderWay = (
  { verb }: Step,
  by: "agent" | "instance",
  { id: of }: { readonly id: string },
  begun: readonly Sweep[],
): readonly Sweep[] => (verb === "resume" ? [] : underWayIn(begun, { by, of, within: null }));

export interface Swept {
  readonly facts: readonly NewFact[];
  readonly sweeps: readonly Sweep[];
}

interface Begin {
  readonly command: { readonly id: CommandId };
  readonly actor: PrincipalId | "broker";
  /** In whose own stream it stands: of who took away. */
  readonly organisation: OrganisationId | null;
  readonly reason: SessionEnding;
  readonly scopes: readonly SweepScope[];
  /** Of the first: what one command sweeps for several reasons is numbered on. */
  readonly firstPart?: number;
}

export function beginSweeps(
  { command, actor, organisation, reason, scopes, firstPart = 0 }: Begin,
  now: Millis,
): Swept {
  const sweeps = scopes.map(
    (scope, at): Sweep => ({
      ...scope,
      id: command.id,
      part: firstPart + at,
      organisation,
      reason,
      begunAt: now,
    }),
  );
  const facts = sweeps.map((sweep) => {
    const told = { actor, cause: command.id, subject: sweep.of };
    return happened(streamOf(organisation), "sweep.began", told, { sweep });
  });
  return { facts, sweeps };
}

interface Standing {
  readonly command: { readonly id: CommandId; readonly caller: Caller };
  readonly anyOpen: boolean;
}

/** What follows a suspension or revocation of an agent or an instance; nothing follows a resumption. */
export function sweepOf(
  step: Step,
  by: "agent" | "instance",
  { id: of, organisation }: { readonly id: string; readonly organisation: OrganisationId },
  { command, anyOpen }: Standing,
  now: Millis,
): Swept {
  const reason = endingAfter(step);
  if (reason === undefined || !anyOpen) return { facts: [], sweeps: [] };
  const scopes = [{ by, of, within: null }] as const;
  return beginSweeps({ command, actor: command.caller.principal, organisation, reason, scopes }, now);
}
