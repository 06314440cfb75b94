/** What to do about a refusal, where there is more to say than the refusal itself does: by its code, and by its rule. */
import type { RefusalCode } from "@parley/protocol";

const wait = "Try again later.";
const newToken = "Ask whoever gave you the token for a new one.";
const doctor = "`parley doctor` looks for the reason.";
const final = "This is final. Ask an admin for a new enrolment token, and enrol under a new profile.";

const byCode: Partial<Record<RefusalCode, string>> = {
  "not-found": "It may be misspelt, or not yours to see: the list commands show what you may see.",
  "cursor.invalid": "Begin again without --cursor: a cursor goes on with the very list that gave it.",
  "cursor.era": "Begin again without --cursor.",
  "role.missing": "`parley whoami` shows your role; an admin of your organisation can do this or change it.",
  "access.invalid": doctor,
  "access.proof": doctor,
  "access.nonce": doctor,
  "assertion.invalid": `The broker does not know this key: ${doctor}`,
  "identity.suspended": "An admin of the organisation can resume it.",
  "identity.revoked": final,
  "identity.expired": final,
  "key.replaced": "Another copy of this identity has replaced the key. If that was not you, suspend it now.",
  "key.too-often": wait,
  "enrolment.invalid": `Check that the whole token was copied. ${newToken}`,
  "enrolment.expired": newToken,
  "enrolment.used": newToken,
  "enrolment.not-yet":
    "It works once its waiting time is over; an admin of the organisation can void it before.",
  "precondition.failed":
    "Somebody changed it in the meantime: run the command again. A file with a `version` is made anew of what stands now.",
  "organisation.name-taken": "Choose another name.",
  "agent.name-taken": "Choose another name.",
  "operator.last-admin": "Invite another admin first: `parley operator invite NAME --role admin`.",
  "standing.final": "Nothing brings it back: create or invite a new one.",
  "statement.invalid": "Sign it anew: run the command again.",
  "workgroup.name-taken": "Choose another name, or dissolve the one that has it.",
  "workgroup.ambiguous": "Say owner/name, or give the id: `parley workgroup list`.",
  "workgroup.changed":
    "Read it again, and consent to what stands now: `parley invitation show INVITATION`, then `parley workgroup consent INVITATION`.",
  "workgroup.dissolved": "It is over for everybody: `parley workgroup create` makes another.",
  "workgroup.owner-stays":
    "Hand it over (`parley workgroup hand-over WORKGROUP ORGANISATION`) or dissolve it (`parley workgroup dissolve WORKGROUP`).",
  "workgroup.already-in": "`parley workgroup show WORKGROUP` says who is in, and who owns it.",
  "workgroup.not-in": "`parley workgroup show WORKGROUP` says who is in; invite it first.",
  "invitation.exists": "`parley invitation list --workgroup WORKGROUP` shows it.",
  "invitation.closed": "Its owner may invite anew: `parley workgroup invite WORKGROUP ORGANISATION`.",
  "membership.right":
    "An admin of the agent's organisation gives it: `parley workgroup add WORKGROUP AGENT --offer --engage`.",
  "contract.name-taken": "Choose another name, or `parley contract version NAME`.",
  "contract.above-ceiling":
    "Make a version that fits: `parley contract version NAME`, then advertise it anew.",
  "contract.in-use": "Publish the advertisement with another contract, or retract it.",
  "contract.changed": "Look at what it names now (`parley catalog show ADVERTISEMENT`), and propose again.",
  "contract.unmet": "`parley catalog show ADVERTISEMENT` shows what the contract asks of you.",
  "advertisement.retracted": "`parley catalog search` shows what is offered now.",
  "session.state": "`parley session show SESSION` says where it stands.",
  "session.own": "Engage it with another agent.",
  "session.not-held": "One instance holds a side: only over its own connection is anything done there.",
  "session.mailbox-full": "The other side has to handle what it was sent before; then try again.",
  "envelope.rate": "Nothing was used up: try again when that time has passed.",
  "envelope.id-reused": "Send it without an id of your own.",
  "contract.violation": "`parley session show SESSION` says whether it is still open, and under which terms.",
  "broker.busy": wait,
  "broker.storage-full": "Whoever operates the broker must give it more room.",
  "broker.going-away": wait,
};

const ownersOnly =
  "Only admins of the organisation that owns the workgroup can: `parley workgroup show WORKGROUP`.";

/** More exact than the code alone. */
const byRule: Readonly<Record<string, string>> = {
  "request.malformed agent":
    "Say for which of your agents: --agent AGENT; or speak as one: --as its profile.",
  "not-found capability": "`parley catalog show ADVERTISEMENT` says which capabilities it offers.",
  "role.missing instance": "Only an agent's instance does this: speak as one, --as its profile.",
  "role.missing platform": "Only operators of the broker itself do this.",
  "role.missing owner": ownersOnly,
  "role.missing awaited":
    "It does not wait for your organisation (any more, or yet): `parley invitation show INVITATION` says for whom.",
  "role.missing provider-admin": "The contract leaves this to an admin of the provider's organisation.",
  "role.missing provider-instance":
    "The contract leaves this to an instance of the provider's agent: speak as one, --as its profile.",
  "role.missing provider":
    "Only the provider's side rejects; the consumer's takes it back: `parley session withdraw`.",
  "role.missing consumer":
    "Only the consumer's side takes it back; the provider's rejects: `parley session reject`.",
  "contract.violation messageTypes":
    "`parley catalog show ADVERTISEMENT` says which types each side may send (messageTypes).",
  "contract.unmet requiredTags":
    "What is missing, an admin of the agent's organisation states: `parley agent tag AGENT KEY=VALUE`.",
  "contract.unmet maxConcurrentSessions":
    "`parley session list --state open` shows them: one must end first (`parley session close SESSION`).",
};

/** The state in which a session is says what can be done instead. */
const byState: Readonly<Record<string, string>> = {
  proposed: "It is only proposed: `parley session accept`, `reject` or `withdraw SESSION`.",
  accepted: "It has been accepted: `parley session close SESSION` ends it.",
  active: "It is under way: `parley session close SESSION` ends it.",
  closed: "It is over: `parley session show SESSION` says why.",
};

interface Refused {
  readonly code: string;
  readonly rule?: string | undefined;
  readonly state?: string | undefined;
}

export function stepAfterRefusal({ code, rule, state }: Refused): string | undefined {
  if (code === "session.state" && state !== undefined && Object.hasOwn(byState, state)) return byState[state];
  const exact = `${code} ${rule}`;
  if (Object.hasOwn(byRule, exact)) return byRule[exact];
  return Object.hasOwn(byCode, code) ? byCode[code as RefusalCode] : undefined;
}
