/** Invitations that end without anybody coming in: declined by who is asked, withdrawn by who asks, or out of time. */
import type { OrganisationId, Refusal } from "@parley/protocol";
import { callerStands, homeOf, isAdmin } from "../caller.js";
import type { Caller, Command } from "../command.js";
import type { Millis } from "../entities.js";
import { noWorkgroup } from "../nobody.js";
import { find, type Principal } from "../question.js";
import { type Asking, ask, rule, sure } from "../rule.js";
import { accept, no } from "../verdict.js";
import { closeInvitation, noLongerDue } from "./invitation-progress.js";
import { type Inside, invitationRecord, mustConsent, namesOf, stateOf } from "./invitation-record.js";
import { addressIsClear, askWorkgroup, lookingBackAs, type WorkgroupState } from "./workgroup-address.js";
import type { InvitationRecord } from "./workgroup-commands.js";
import type { InvitationFound } from "./workgroup-lookups.js";

export interface InvitationState extends WorkgroupState {
  readonly found: InvitationFound | undefined;
  readonly inside: Inside;
}

/** Who is invited does not see the workgroup yet: it names it by its id, and finds no more than its invitation. */
export function* askInvitation(command: {
  readonly caller: Caller;
  readonly workgroup: string;
  readonly invitation: string;
}): Asking<InvitationState> {
  const first = yield* askWorkgroup(command);
  const { found } = yield* ask({
    found: find("invitation", {
      organisation: lookingBackAs(first.caller),
      workgroup: first.workgroup?.id ?? command.workgroup,
      id: command.invitation,
    }),
  });
  const { inside } = yield* ask({
    inside: find("participants", { workgroup: found?.workgroup.id ?? noWorkgroup }),
  });
  return { ...first, found, inside };
}

/** [WKG-5] Operators of those that are in, and of the invited one once it is its turn: agents see no invitation. */
export function invitationIsSeen({
  found,
}: {
  readonly found: InvitationFound | undefined;
}): Refusal | undefined {
  return found === undefined ? no("not-found") : undefined;
}

export function invitationIsOpen(
  { found }: { readonly found: InvitationFound | undefined },
  _command: unknown,
  now: Millis,
): Refusal | undefined {
  const state = stateOf(sure(found), now);
  return state === "open" ? undefined : no("invitation.closed", { state });
}

/** Those in whose turn it is to answer: who must consent first, and the invited one once it was told. */
function isAsked(found: InvitationFound, inside: Inside, organisation: OrganisationId): boolean {
  const { invitee, shownAt } = found.invitation;
  if (organisation === invitee && shownAt !== null) return true;
  return mustConsent(found, namesOf(inside)).includes(organisation);
}

export function consentIsAsked({ found, inside, caller }: InvitationState): Refusal | undefined {
  return isAsked(sure(found), inside, homeOf(caller)) ? undefined : no("role.missing", { rule: "awaited" });
}

/** The owner that invited, and the one that owns it now. */
function mayWithdraw({ found, caller }: InvitationState): Refusal | undefined {
  const { invitation, workgroup } = sure(found);
  const organisation = homeOf(caller);
  return organisation === invitation.inviter || organisation === workgroup.owner
    ? undefined
    : no("role.missing", { rule: "owner" });
}

export const recordFor = (
  caller: Principal | undefined,
  found: InvitationFound,
  inside: Inside,
  now: Millis,
): InvitationRecord => invitationRecord(found, namesOf(inside), homeOf(caller), now);

const ends = { "invitation.decline": "declined", "invitation.withdraw": "withdrawn" } as const;
type Ending = Command<keyof typeof ends>;

/** It has ended in this very way: a success that changes nothing. */
function repeat({ found, inside, caller }: InvitationState, { kind }: Ending, now: Millis) {
  return found && stateOf(found, now) === ends[kind]
    ? accept({ record: recordFor(caller, found, inside, now) })
    : undefined;
}

function settle({ found, inside, caller }: InvitationState, command: Ending, now: Millis) {
  const { invitation, ...rest } = sure(found);
  const state = ends[command.kind];
  const by = homeOf(caller);
  const cause = { actor: command.caller.principal, cause: command.id };
  const closed = { ...rest, invitation: { ...invitation, state, endedAt: now } };
  return accept(
    { record: recordFor(caller, closed, inside, now) },
    closeInvitation(invitation, state, by, cause),
  );
}

export const declineInvitation = rule<"invitation.decline", InvitationState>({
  gather: askInvitation,
  who: [callerStands, addressIsClear, invitationIsSeen, isAdmin, consentIsAsked],
  repeat,
  what: [invitationIsOpen],
  settle,
});

export const withdrawInvitation = rule<"invitation.withdraw", InvitationState>({
  gather: askInvitation,
  who: [callerStands, addressIsClear, invitationIsSeen, isAdmin, mayWithdraw],
  repeat,
  what: [invitationIsOpen],
  settle,
});

interface ExpireState {
  readonly found: InvitationFound | undefined;
  readonly party: undefined;
}

/** [WKG-4] The timer only asks: whether its time has come is judged here. */
export const expireInvitation = rule<"invitation.expire", ExpireState>({
  *gather({ invitation: id }) {
    const { found } = yield* ask({ found: find("invitationDue", { id }) });
    return { found, party: undefined };
  },
  who: [],
  what: [],
  settle({ found }, command, now) {
    const done = noLongerDue({ id: command.invitation });
    if (found === undefined) return accept({ expired: false }, { work: [done] });
    const { expiresAt: dueAt } = found.invitation;
    const state = stateOf(found, now);
    if (state === "open") {
      const row = { kind: "invitation.expire", subject: command.invitation, dueAt } as const;
      return accept({ expired: false }, { work: [{ do: "put", table: "deadlines", row }] });
    }
    if (state !== "expired" || found.invitation.state === "expired")
      return accept({ expired: false }, { work: [done] });
    const cause = { actor: "broker", cause: command.id } as const;
    return accept({ expired: true }, closeInvitation(found.invitation, "expired", null, cause));
  },
});
