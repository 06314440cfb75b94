/** A well-formed command of each kind about workgroups, invitations and members, which is accepted in the town. */
import { type ConsentClaims, charterText, type OperatorId } from "@parley/protocol";
import type { Signed } from "../command.js";
import { charterOf, namesOf } from "../workgroup/invitation-record.js";
import type { WorkgroupCommands } from "../workgroup/workgroup-commands.js";
import { by, own } from "./asking.js";
import * as cast from "./cast.js";
import * as city from "./city.js";
import { answerFrom, get, type World } from "./world.js";

/** What an admin signs who has read the invitation as it stands in that world. */
export function consentOf(
  world: World,
  operator: OperatorId,
  id: ConsentClaims["invitation"],
  more: Partial<ConsentClaims> = {},
): Signed<ConsentClaims> {
  const { found } = answerFrom(world, { found: { find: "invitationDue", by: { id } } });
  if (found === undefined) throw new RangeError(`there is no invitation ${id}`);
  const { id: workgroup } = found.workgroup;
  const { inside } = answerFrom(world, { inside: { find: "participants", by: { workgroup } } });
  const claims: ConsentClaims = {
    iss: operator,
    aud: "https://broker.test",
    iat: cast.now / 1_000,
    invitation: id,
    workgroup,
    organisation: get(world, "operators", { id: operator })?.organisation ?? city.nobody,
    digest: `digest of ${charterText(charterOf(found, namesOf(inside)))}`,
    ...more,
  };
  const text = `signed by ${operator}: ${JSON.stringify(claims)}`;
  const thumbprint = cast.thumbprintOf(operator);
  return { text, digest: `digest of ${text}`, thumbprint, claims };
}

const { ada, bea, acme, idOf } = cast;
const { channel, channelInvitation } = city;

export const workgroupAsked: WorkgroupCommands = {
  "workgroup.create": {
    ...by(ada),
    workgroup: idOf("workgroup", 500),
    name: "lab",
    purpose: "To try things",
    rules: "Be kind.",
    admission: "unanimous",
  },
  "workgroup.invite": {
    ...by(bea),
    workgroup: channel,
    invitation: idOf("invitation", 500),
    organisation: idOf("organisation", 405),
    introduction: "They make maps",
  },
  "workgroup.hand-over": {
    ...by(bea),
    workgroup: channel,
    invitation: idOf("invitation", 500),
    organisation: acme,
  },
  "workgroup.leave": { ...by(ada), workgroup: channel },
  "workgroup.dissolve": { ...by(bea), workgroup: channel },
  "invitation.consent": {
    ...by(ada),
    workgroup: channel,
    invitation: channelInvitation,
    statement: consentOf(city.city(), ada, channelInvitation),
  },
  "invitation.decline": { ...by(ada), workgroup: channel, invitation: channelInvitation },
  "invitation.withdraw": { ...by(bea), workgroup: channel, invitation: channelInvitation },
  "invitation.expire": { ...own, invitation: channelInvitation },
  "member.add": { ...by(ada), workgroup: channel, agent: cast.miner, offer: true, engage: false },
  "member.remove": { ...by(ada), workgroup: channel, agent: cast.scout },
  "selector.add": {
    ...by(ada),
    workgroup: channel,
    selector: idOf("selector", 500),
    tags: { env: "prod" },
    offer: true,
    engage: false,
  },
  "selector.remove": { ...by(ada), workgroup: channel, selector: city.channelSelector },
};
