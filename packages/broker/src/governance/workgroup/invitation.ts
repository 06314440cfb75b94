/**
 * Inviting: the owner's admin asks another organisation in, or one that is in to take over. Whether anybody has the id
 * that it types is not looked at [WKG-4].
 */
import { limits, type OrganisationId, type Refusal } from "@parley/protocol";
import { callerStands, homeOf, isAdmin } from "../caller.js";
import type { Command } from "../command.js";
import type { Millis, Prior } from "../entities.js";
import { happened, workgroupStream } from "../fact.js";
import { noWorkgroup } from "../nobody.js";
import { find } from "../question.js";
import { askPrior, isRemembered, keyFits, keyOf } from "../repeat.js";
import { type Asking, ask, rule, sure } from "../rule.js";
import { accept, no, refuse } from "../verdict.js";
import { type Inside, invitationRecord, namesOf } from "./invitation-record.js";
import {
  addressIsClear,
  askWorkgroup,
  isOwner,
  type WorkgroupState,
  workgroupIsActive,
  workgroupIsSeen,
} from "./workgroup-address.js";
import type { Invitation, Participation } from "./workgroup-entities.js";
import type { InvitationFound } from "./workgroup-lookups.js";

const day = 86_400_000;

interface InviteState extends WorkgroupState {
  readonly prior: Prior | undefined;
  readonly made: InvitationFound | undefined;
  readonly inside: Inside;
  readonly open: readonly Invitation[];
  readonly openOfOwner: number;
  readonly madeToday: number;
  readonly invited: Participation | undefined;
}

type Inviting = Command<"workgroup.invite" | "workgroup.hand-over">;
const asOf = ({ kind }: Inviting): Invitation["as"] => (kind === "workgroup.invite" ? "member" : "owner");

function* gather(command: Inviting, now: Millis): Asking<InviteState> {
  const first = yield* askWorkgroup(command);
  const { prior } = yield* ask({ prior: askPrior(command) });
  const workgroup = first.workgroup?.id ?? noWorkgroup;
  const inviter = homeOf(first.caller);
  const rest = yield* ask({
    made: find("invitation", { organisation: inviter, workgroup, id: prior?.subject ?? "" }),
    inside: find("participants", { workgroup }),
    open: find("openInvitationsOf", { workgroup, now }),
    openOfOwner: find("openInvitationCount", { inviter, now }),
    madeToday: find("invitationsMadeSince", { inviter, since: now - day }),
    invited: find("participation", { workgroup, organisation: command.organisation }),
  });
  return { ...first, prior, ...rest };
}

type Naming = { readonly organisation: OrganisationId };

function invitedIsNotIn({ invited }: InviteState): Refusal | undefined {
  return invited?.state === "in" ? no("workgroup.already-in") : undefined;
}

/** [WKG-6] Only who is in takes over. */
function successorIsIn({ invited }: InviteState): Refusal | undefined {
  return invited?.state === "in" ? undefined : no("workgroup.not-in");
}

function successorIsAnother({ workgroup }: InviteState, { organisation }: Naming): Refusal | undefined {
  return workgroup?.owner === organisation ? no("workgroup.already-in") : undefined;
}

function invitationIsNew({ open }: InviteState, command: Inviting): Refusal | undefined {
  const as = asOf(command);
  return open.some((one) => one.as === as && one.invitee === command.organisation)
    ? no("invitation.exists")
    : undefined;
}

/** Filled by the owner's own invitations: so it tells the owner nothing that it has not done. */
function organisationsFit({ inside, open }: InviteState): Refusal | undefined {
  const limit = limits.organisationsPerWorkgroup;
  const used = inside.length + open.filter(({ as }) => as === "member").length;
  return used < limit ? undefined : no("limit.reached", { rule: "organisationsPerWorkgroup", limit, used });
}

function invitationsLeft({ openOfOwner: used }: InviteState): Refusal | undefined {
  const limit = limits.openInvitationsPerOrganisation;
  return used < limit
    ? undefined
    : no("limit.reached", { rule: "openInvitationsPerOrganisation", limit, used });
}

/** What it has withdrawn counts as well: nobody is asked again and again, and no id is tried out for nothing. */
function invitationsOfDayLeft({ madeToday: used }: InviteState): Refusal | undefined {
  const limit = limits.invitationsPerDay;
  return used < limit ? undefined : no("limit.reached", { rule: "invitationsPerDay", limit, used });
}

const who = [callerStands, workgroupIsSeen, addressIsClear, isAdmin, isOwner, keyFits];

function repeat({ prior, made, inside, caller }: InviteState, _command: Inviting, now: Millis) {
  if (!isRemembered(prior, now)) return undefined;
  if (made === undefined) return refuse(no("not-found"));
  return accept({ repeated: true, record: invitationRecord(made, namesOf(inside), homeOf(caller), now) });
}

function settle(state: InviteState, command: Inviting, now: Millis) {
  const workgroup = sure(state.workgroup);
  const inviter = homeOf(state.caller);
  const names = namesOf(state.inside);
  const invitation: Invitation = {
    id: command.invitation,
    workgroup: workgroup.id,
    inviter,
    invitee: command.organisation,
    as: asOf(command),
    introduction: command.kind === "workgroup.invite" ? command.introduction : "",
    state: "open",
    createdAt: now,
    expiresAt: now + limits.invitationSeconds * 1_000,
    shownAt: null,
    endedAt: null,
  };
  const { id, expiresAt } = invitation;
  const told = { actor: command.caller.principal, cause: command.id, ...keyOf(command), subject: id };
  const inviterName = names.find((one) => one.id === inviter)?.name ?? "";
  const found = { invitation, workgroup, inviterName, consents: [] };
  return accept(
    { repeated: false, record: invitationRecord(found, names, inviter, now) },
    {
      facts: [happened(workgroupStream(workgroup.id), "invitation.opened", told, { invitation })],
      work: [
        {
          do: "put",
          table: "deadlines",
          row: { kind: "invitation.expire", subject: id, dueAt: expiresAt },
        },
      ],
    },
  );
}

export const inviteOrganisation = rule<"workgroup.invite", InviteState>({
  gather,
  who,
  repeat,
  what: [
    workgroupIsActive,
    invitedIsNotIn,
    invitationIsNew,
    organisationsFit,
    invitationsLeft,
    invitationsOfDayLeft,
  ],
  settle,
});

/** [WKG-6] Handing over is an invitation, and happens with the consent of who is to take over. */
export const handOverWorkgroup = rule<"workgroup.hand-over", InviteState>({
  gather,
  who,
  repeat,
  what: [
    workgroupIsActive,
    successorIsIn,
    successorIsAnother,
    invitationIsNew,
    invitationsLeft,
    invitationsOfDayLeft,
  ],
  settle,
});
