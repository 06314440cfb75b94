/** What a fact says to people, in a few words: the whole of it is for programs, with `--json`. */
import type { FactView } from "@parley/protocol";

type Said = Readonly<Record<string, unknown>>;

const isSaid = (value: unknown): value is Said =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const word = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";
const within = (said: Said, name: string): Said => (isSaid(said[name]) ? said[name] : {});

const inGroup = (said: Said): string =>
  [word(said.workgroup), ...["offer", "engage"].filter((right) => said[right] === true)].join(" ");

/** One line for each kind that has more to say than who did it to what. */
const lines: Readonly<Record<string, (data: Said) => string>> = {
  "organisation.created": (data) => word(within(data, "organisation").name),
  "operator.invited": (data) =>
    `${word(within(data, "operator").name)} as ${word(within(data, "operator").role)}`,
  "operator.changed": (data) => `now ${word(data.role)}`,
  "agent.created": (data) => word(within(data, "agent").name),
  "agent.changed": (data) => `owner ${word(data.owner)}, tags ${JSON.stringify(data.tags)}`,
  "enrolment-token.minted": (data) =>
    `for ${word(within(data, "token").for)}, ${word(within(data, "token").uses)} use(s)`,
  "instance.enrolled": (data) => `of ${word(within(data, "instance").agent)}`,
  "instance.suspended": (data) => (data.why === "replaced-key-used" ? "its replaced key was used" : ""),
  "workgroup.created": (data) => word(within(data, "workgroup").name),
  "invitation.opened": (data) => `to ${word(within(data, "invitation").invitee)}`,
  "invitation.received": (data) =>
    `into ${word(within(data, "workgroup").name)} from ${word(within(data, "inviter").name)}`,
  "invitation.consented": (data) => `by ${word(within(data, "consent").organisation)}`,
  "invitation.closed": (data) => word(data.state),
  "invitation.ended": (data) => word(data.state),
  "workgroup.entered": (data) => word(within(data, "organisation").name),
  "workgroup.left": (data) => word(data.organisation),
  "workgroup.handed-over": (data) => `to ${word(data.owner)}`,
  "contract.created": (data) => word(within(data, "contract").name),
  "contract.versioned": (data) => `version ${word(within(data, "version").number)}`,
  "advertisement.published": (data) =>
    `${word(within(data, "advertisement").name)}, version ${word(within(data, "advertisement").version)}`,
  "session.proposed": (data) => word(within(data, "session").capability),
  "session.accepted": (data) => `by ${word(within(data, "life").acceptedBy)}`,
  "session.handed-over": (data) => `${word(data.side)}: ${word(data.from)} to ${word(data.to)}`,
  "session.joined": (data) => `${word(data.side)}: ${word(data.instance)}`,
  "session.closed": (data) => word(within(within(data, "life"), "ending").reason),
  "member.named": (data) => inGroup(within(data, "member")),
  "member.unnamed": (data) => word(data.workgroup),
  "selector.added": (data) => inGroup(within(data, "selector")),
  "selector.removed": (data) => word(data.workgroup),
  "sweep.began": (data) => word(within(data, "sweep").reason),
  "alert.raised": (data) => word(within(data, "alert").detail),
  "connection.replaced": (data) => `by a newer connection, epoch ${word(data.epoch)}`,
  "request.refused": (data) => `${word(data.code)}: ${word(data.command)} ${word(data.target)}`.trim(),
  "requests.refused": (data) => `${word(data.code)}: ${word(data.count)} more in that minute`,
  "broker.started": (data) => `version ${word(data.version)}, era ${word(data.era)}`,
  "broker-key.rotated": (data) => word(data.use),
  "clock.stepped": (data) => `${word(data.byMs)} ms forward`,
  "era.began": (data) => `era ${word(data.era)}`,
};

export function factLine({ kind, content }: FactView): string {
  if (content === null) return "(erased)";
  const data = within(content, "data");
  return lines[kind]?.(data) ?? "";
}

export const actorOf = ({ content }: FactView): string => (content === null ? "" : word(content.actor));
export const subjectOf = ({ content }: FactView): string => (content === null ? "" : word(content.subject));
