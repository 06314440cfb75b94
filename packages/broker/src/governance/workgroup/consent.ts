/**
 * Everyone consents for itself [WKG-2]: an admin signs the digest of what its organisation was shown. The last consent
 * lets the invited one be told, come in or take over.
 */
import { charterText, limits, type Refusal } from "@parley/protocol";
import { callerStands, homeOf, isAdmin } from "../caller.js";
import type { Command } from "../command.js";
import type { Millis } from "../entities.js";
import { happened, workgroupStream } from "../fact.js";
import { find } from "../question.js";
import { type Asking, ask, rule, sure } from "../rule.js";
import { keyIsCurrent, saysElse } from "../signature.js";
import { accept, no } from "../verdict.js";
import {
  askInvitation,
  consentIsAsked,
  type InvitationState,
  invitationIsOpen,
  invitationIsSeen,
  recordFor,
} from "./invitation-end.js";
import { advance, advanceAll, askOpenInvitations, type Circle } from "./invitation-progress.js";
import { charterOf, invitationRecord, namesOf, stateOf } from "./invitation-record.js";
import { addressIsClear } from "./workgroup-address.js";
import type { Consent, Workgroup } from "./workgroup-entities.js";
import type { InvitationFound } from "./workgroup-lookups.js";

interface ConsentState extends InvitationState {
  /** Of what stands now. */
  readonly digest: string;
  readonly owned: Workgroup | undefined;
  readonly count: number;
  /** With this consent, and what follows from it. */
  readonly consented: { readonly found: InvitationFound; readonly circle: Circle } | undefined;
}

type Consenting = Command<"invitation.consent">;

function* follow(
  state: InvitationState,
  command: Consenting,
  now: Millis,
): Asking<ConsentState["consented"]> {
  const { caller, found: shown } = state;
  if (shown === undefined || caller?.kind !== "operator" || stateOf(shown, now) !== "open") return undefined;
  const { text: statement, claims } = command.statement;
  const { id: by } = caller.operator;
  const { id: invitation } = shown.invitation;
  const consent: Consent = {
    invitation,
    organisation: homeOf(caller),
    digest: claims.digest,
    statement,
    by,
    at: now,
  };
  const found = { ...shown, consents: [...shown.consents, consent] };
  const { workgroup } = found;
  const cause = { actor: command.caller.principal, cause: command.id };
  const fact = happened(
    workgroupStream(workgroup.id),
    "invitation.consented",
    { ...cause, subject: invitation },
    { consent },
  );
  const open = yield* askOpenInvitations(workgroup.id, now);
  const circle = { workgroup, organisations: namesOf(state.inside), facts: [fact], work: [] };
  const reached = yield* advance(circle, found, open, cause, now);
  const isHandedOver = reached.workgroup.owner !== workgroup.owner;
  // The new owner may have consented before, when it was the owner.
  const others = isHandedOver ? open.filter((one) => one.invitation.as === "member") : [];
  return { found, circle: yield* advanceAll(reached, others, cause, now) };
}

function consentFits(
  { found, caller }: ConsentState,
  { statement: { claims } }: Consenting,
): Refusal | undefined {
  const { invitation, workgroup } = sure(found);
  const expected = { invitation: invitation.id, workgroup: workgroup.id, organisation: homeOf(caller) };
  return saysElse(claims, expected);
}

/** [WKG-2] What was signed is what stands now; otherwise it is to be read again. */
function charterIsCurrent(
  { digest }: ConsentState,
  { statement: { claims } }: Consenting,
): Refusal | undefined {
  return claims.digest === digest ? undefined : no("workgroup.changed", { digest });
}

const isInvited = ({ found, caller }: ConsentState): boolean => found?.invitation.invitee === homeOf(caller);

/** [WKG-6] Said to who would take over, of what is its own. */
function successorOwnsNone(state: ConsentState): Refusal | undefined {
  const takesOver = isInvited(state) && state.found?.invitation.as === "owner";
  return takesOver && state.owned !== undefined ? no("workgroup.name-taken") : undefined;
}

/** Its own limit, answered to itself: who consents for those that are in is not told of it. */
function newcomerFits(state: ConsentState): Refusal | undefined {
  const comesIn = isInvited(state) && state.found?.invitation.as === "member";
  return comesIn ? workgroupsLeft(state) : undefined;
}

export function workgroupsLeft({ count: used }: { readonly count: number }): Refusal | undefined {
  const limit = limits.workgroupsPerOrganisation;
  return used < limit ? undefined : no("limit.reached", { rule: "workgroupsPerOrganisation", limit, used });
}

export const consentToInvitation = rule<"invitation.consent", ConsentState>({
  *gather(command, now) {
    const first = yield* askInvitation(command);
    const { found, inside } = first;
    const organisation = homeOf(first.caller);
    const rest = yield* ask({
      digest: find("digest", { text: found ? charterText(charterOf(found, namesOf(inside))) : "" }),
      owned: find("workgroupOwned", { organisation, name: found?.workgroup.name ?? "" }),
      count: find("participationCount", { organisation }),
    });
    return { ...first, ...rest, consented: yield* follow(first, command, now) };
  },
  who: [callerStands, addressIsClear, invitationIsSeen, isAdmin],
  repeat({ found, inside, caller }, _command, now) {
    return found?.consents.some((one) => one.organisation === homeOf(caller))
      ? accept({ record: recordFor(caller, found, inside, now) })
      : undefined;
  },
  what: [
    consentIsAsked,
    invitationIsOpen,
    keyIsCurrent,
    consentFits,
    charterIsCurrent,
    successorOwnsNone,
    newcomerFits,
  ],
  settle({ caller, consented }, _command, now) {
    const { found, circle } = sure(consented);
    const { facts, work, organisations, workgroup } = circle;
    const isDone = facts.some(({ kind }) => kind === "workgroup.entered" || kind === "workgroup.handed-over");
    const isShown = facts.some(({ kind }) => kind === "invitation.ready");
    const invitation = {
      ...found.invitation,
      ...(isDone ? { state: "consented" as const, endedAt: now } : {}),
      ...(isShown ? { shownAt: now } : {}),
    };
    const after = { ...found, invitation, workgroup };
    return accept({ record: invitationRecord(after, organisations, homeOf(caller), now) }, { facts, work });
  },
});
