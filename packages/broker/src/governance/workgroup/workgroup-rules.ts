/** The rules about workgroups, invitations and members, by the command that each judges. */
import type { Command } from "../command.js";
import type { Rule } from "../rule.js";
import { consentToInvitation } from "./consent.js";
import { handOverWorkgroup, inviteOrganisation } from "./invitation.js";
import { declineInvitation, expireInvitation, withdrawInvitation } from "./invitation-end.js";
import { addMember, removeMember } from "./members.js";
import { addSelector, removeSelector } from "./selectors.js";
import { createWorkgroup } from "./workgroup.js";
import type { WorkgroupAnswers, WorkgroupCommands } from "./workgroup-commands.js";
import { dissolveWorkgroup, leaveWorkgroup } from "./workgroup-end.js";

export const workgroupRules = {
  "workgroup.create": createWorkgroup,
  "workgroup.invite": inviteOrganisation,
  "workgroup.hand-over": handOverWorkgroup,
  "workgroup.leave": leaveWorkgroup,
  "workgroup.dissolve": dissolveWorkgroup,
  "invitation.consent": consentToInvitation,
  "invitation.decline": declineInvitation,
  "invitation.withdraw": withdrawInvitation,
  "invitation.expire": expireInvitation,
  "member.add": addMember,
  "member.remove": removeMember,
  "selector.add": addSelector,
  "selector.remove": removeSelector,
} satisfies { readonly [K in keyof WorkgroupCommands]: Rule<Command<K>, WorkgroupAnswers[K]> };
