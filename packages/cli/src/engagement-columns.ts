/** What people see of workgroups, contracts, offers and sessions, in which order. */
import type {
  AdvertisementView,
  CatalogItemView,
  ContractReportView,
  ContractVersionView,
  ContractView,
  InvitationView,
  MemberView,
  SelectorView,
  SessionView,
  Terms,
  WorkgroupView,
} from "@parley/protocol";
import type { Column } from "./table.js";
import { tagsText } from "./tags.js";

const rights = ({ offer, engage }: { readonly offer: boolean; readonly engage: boolean }): string =>
  [...(offer ? ["offer"] : []), ...(engage ? ["engage"] : [])].join(" ");
const names = (things: readonly { readonly name: string }[]): string =>
  things.map(({ name }) => name).join(" ");

const withId = ({ id, name }: { readonly id: string; readonly name: string }): string => `${name} (${id})`;

export const workgroupColumns: readonly Column<WorkgroupView>[] = [
  { title: "id", of: ({ id }) => id },
  { title: "address", of: ({ address }) => address },
  { title: "state", of: ({ state }) => state },
  { title: "organisations", of: ({ organisations }) => names(organisations) },
  { title: "purpose", of: ({ purpose }) => purpose },
];
export const workgroupDetails: readonly Column<WorkgroupView>[] = [
  ...workgroupColumns.filter(({ title }) => title !== "organisations"),
  { title: "owner", of: ({ owner }) => withId(owner) },
  { title: "who is in", of: ({ organisations }) => organisations.map(withId).join(", ") },
  { title: "rules", of: ({ rules }) => rules },
  { title: "admission", of: ({ admission }) => admission },
  { title: "created", of: ({ createdAt }) => createdAt },
];

/** Whose consent is missing: those that are in come first, the invited one after them. */
export const waitingFor = ({ state, awaited, organisation }: InvitationView): readonly string[] =>
  state !== "open" ? [] : awaited.length > 0 ? awaited : [organisation];

export const invitationColumns: readonly Column<InvitationView>[] = [
  { title: "id", of: ({ id }) => id },
  { title: "workgroup", of: ({ workgroup }) => workgroup.name },
  { title: "from", of: ({ inviter }) => (inviter === null ? null : inviter.name) },
  { title: "to", of: ({ organisation }) => organisation },
  { title: "as", of: (invitation) => invitation.as },
  { title: "state", of: ({ state }) => state },
  {
    title: "waits for",
    of: (invitation) => {
      const called = (id: string) => invitation.organisations.find((one) => one.id === id)?.name ?? id;
      return waitingFor(invitation).map(called).join(" ");
    },
  },
  { title: "expires", of: ({ expiresAt }) => expiresAt },
];
/** Everything that a consent is given to. */
export const invitationDetails: readonly Column<InvitationView>[] = [
  ...invitationColumns,
  { title: "workgroup id", of: ({ workgroup }) => workgroup.id },
  { title: "purpose", of: ({ workgroup }) => workgroup.purpose },
  { title: "rules", of: ({ workgroup }) => workgroup.rules },
  { title: "admission", of: ({ workgroup }) => workgroup.admission },
  { title: "owner", of: ({ workgroup }) => workgroup.owner },
  {
    title: "who is in",
    of: ({ organisations }) => organisations.map(withId).join(", "),
  },
  { title: "introduction", of: ({ introduction }) => introduction },
  { title: "consented", of: ({ consented }) => consented.join(" ") },
  { title: "digest", of: ({ digest }) => digest },
];

export const memberColumns: readonly Column<MemberView>[] = [
  { title: "agent", of: ({ agent }) => agent.id },
  { title: "name", of: ({ agent }) => agent.name },
  { title: "organisation", of: ({ organisation }) => organisation.name },
  { title: "may", of: rights },
  { title: "since", of: ({ since }) => since },
];

export const selectorColumns: readonly Column<SelectorView>[] = [
  { title: "id", of: ({ id }) => id },
  { title: "tags", of: ({ tags }) => tagsText(tags) },
  { title: "may", of: rights },
  { title: "created", of: ({ createdAt }) => createdAt },
];

export const contractColumns: readonly Column<ContractView>[] = [
  { title: "id", of: ({ id }) => id },
  { title: "name", of: ({ name }) => name },
  { title: "version", of: ({ latest }) => latest.number },
  { title: "terms digest", of: ({ latest }) => latest.termsDigest },
  { title: "acceptance", of: ({ latest }) => latest.terms.acceptance },
];
export const contractDetails: readonly Column<ContractView>[] = [
  ...contractColumns.filter(({ title }) => title !== "acceptance"),
  { title: "organisation", of: ({ organisation }) => organisation?.name ?? "the broker's default terms" },
  ...termsColumns<ContractView>(({ latest }) => latest.terms),
];
export const versionColumns: readonly Column<ContractVersionView>[] = [
  { title: "version", of: ({ number }) => number },
  { title: "terms digest", of: ({ termsDigest }) => termsDigest },
  { title: "acceptance", of: ({ terms }) => terms.acceptance },
  { title: "observed until", of: ({ terms }) => terms.observe?.until ?? "" },
  { title: "created", of: ({ createdAt }) => createdAt },
];

/** A version is shown with all that it says: nothing of an earlier one is left in it. */
export const versionDetails: readonly Column<ContractVersionView>[] = [
  ...versionColumns.filter(({ title }) => title !== "acceptance" && title !== "observed until"),
  ...termsColumns<ContractVersionView>(({ terms }) => terms),
];

export const reportDetails: readonly Column<ContractReportView>[] = [
  { title: "version", of: ({ number }) => number },
  { title: "tried out", of: ({ terms }) => terms.join(" ") },
  { title: "until", of: ({ until }) => until },
  { title: "sessions", of: ({ sessions }) => sessions },
  { title: "would have ended", of: ({ wouldHaveEnded }) => wouldHaveEnded },
  {
    title: "by rule",
    of: ({ byRule }) => byRule.map(({ rule, sessions }) => `${rule}: ${sessions}`).join(", "),
  },
];
export const reportColumns: readonly Column<ContractReportView["items"][number]>[] = [
  { title: "session", of: ({ session }) => session },
  { title: "proposed", of: ({ proposedAt }) => proposedAt },
  { title: "would have ended at", of: ({ at }) => at },
  {
    title: "for",
    of: ({ wouldRefuse }) =>
      wouldRefuse.map(({ rule, detail }) => (detail === undefined ? rule : `${rule}: ${detail}`)).join(", "),
  },
];

/** Each term on a line of its own: what binds is shown in full. */
function termsColumns<T>(of: (item: T) => Terms): readonly Column<T>[] {
  const order: readonly (keyof Terms)[] = [
    "maxDurationSeconds",
    "idleTimeoutSeconds",
    "maxEnvelopes",
    "maxEnvelopesBySide",
    "maxEnvelopeBytes",
    "maxTotalBytes",
    "maxEnvelopesPerMinute",
    "messageTypes",
    "requiredWorkgroups",
    "requiredTags",
    "minAgentAgeDays",
    "maxConcurrentSessions",
    "acceptance",
    "proposalTimeoutSeconds",
    "joinTimeoutSeconds",
    "resumeGraceSeconds",
    "absenceSeconds",
    "violationsAllowed",
    "payloadRetention",
    "observe",
  ];
  return order.map((term) => ({ title: term, of: (item) => valueText(of(item)[term]) }));
}

const valueText = (value: unknown): string | number | null => {
  if (typeof value === "string" || typeof value === "number" || value === null) return value;
  return Array.isArray(value) && value.length === 0 ? "none" : JSON.stringify(value);
};

export const advertisementColumns: readonly Column<AdvertisementView>[] = [
  { title: "id", of: ({ id }) => id },
  { title: "name", of: ({ name }) => name },
  { title: "state", of: ({ state }) => state },
  { title: "agent", of: ({ agent }) => agent.name },
  { title: "capabilities", of: ({ capabilities }) => names(capabilities) },
  { title: "workgroups", of: ({ workgroups }) => workgroups.map(({ address }) => address).join(" ") },
];
/** With everything that a proposal would agree to. */
export const advertisementDetails: readonly Column<AdvertisementView>[] = [
  ...advertisementColumns.filter(({ title }) => title !== "capabilities"),
  {
    title: "capabilities",
    of: ({ capabilities }) =>
      capabilities
        .map(({ name, description }) => (description === "" ? name : `${name} (${description})`))
        .join(", "),
  },
  { title: "description", of: ({ description }) => description },
  { title: "organisation", of: ({ organisation }) => organisation.name },
  { title: "patterns", of: ({ patterns }) => patterns.join(" ") },
  { title: "contract", of: ({ contract }) => contract.id },
  { title: "terms digest", of: ({ contract }) => contract.termsDigest },
  { title: "published", of: ({ publishedAt }) => publishedAt },
  { title: "version", of: ({ version }) => version },
  ...termsColumns<AdvertisementView>(({ contract }) => contract.terms),
];

export const catalogColumns: readonly Column<CatalogItemView>[] = [
  { title: "advertisement", of: ({ advertisement }) => advertisement },
  { title: "name", of: ({ name }) => name },
  { title: "agent", of: ({ agent, organisation }) => `${organisation.name}/${agent.name}` },
  { title: "capabilities", of: ({ capabilities }) => names(capabilities) },
  { title: "workgroup", of: ({ workgroup }) => workgroup.address },
  { title: "available", of: ({ available }) => (available ? "yes" : "no") },
  { title: "acceptance", of: ({ contract }) => contract.terms.acceptance },
];

const partyText = ({ agent, organisation }: SessionView["consumer"]): string =>
  `${organisation.name}/${agent.name}`;

const sentText = ({ sent: { envelopes, bytes, acknowledged } }: SessionView["consumer"]): string =>
  `${envelopes} (${bytes} bytes), ${acknowledged} acknowledged`;

/** Which term it came to the end of, and whose doing it was, where there is one. */
const endedFor = (closed: SessionView["closed"]): string => {
  if (closed === null) return "";
  const { side, rule, limit, used } = closed;
  const figures = limit === null ? "" : `(limit ${limit}, used ${used ?? "?"})`;
  return [rule ?? "", figures, side === null ? "" : `by the ${side}`].filter((text) => text !== "").join(" ");
};

export const sessionColumns: readonly Column<SessionView>[] = [
  { title: "id", of: ({ id }) => id },
  { title: "state", of: ({ state }) => state },
  { title: "capability", of: ({ capability }) => capability },
  { title: "consumer", of: ({ consumer }) => partyText(consumer) },
  { title: "provider", of: ({ provider }) => partyText(provider) },
  { title: "proposed", of: ({ proposedAt }) => proposedAt },
  { title: "closed", of: ({ closed }) => closed?.reason ?? "" },
];
export const sessionDetails: readonly Column<SessionView>[] = [
  ...sessionColumns,
  { title: "purpose", of: ({ purpose }) => purpose },
  { title: "detail", of: ({ closed }) => closed?.detail ?? "" },
  { title: "closed for", of: ({ closed }) => endedFor(closed) },
  { title: "would be refused", of: ({ wouldRefuse }) => wouldRefuse.map(({ rule }) => rule).join(" ") },
  { title: "workgroup", of: ({ workgroup }) => workgroup },
  { title: "advertisement", of: ({ advertisement }) => advertisement },
  { title: "contract", of: ({ contract }) => contract },
  { title: "terms digest", of: ({ termsDigest }) => termsDigest },
  { title: "acceptance", of: ({ terms }) => terms.acceptance },
  { title: "consumer's instance", of: ({ consumer }) => consumer.instance },
  { title: "stated by the consumer", of: ({ consumer }) => tagsText(consumer.stated) },
  { title: "provider's instance", of: ({ provider }) => provider.instance },
  { title: "sent by the consumer", of: ({ consumer }) => sentText(consumer) },
  { title: "sent by the provider", of: ({ provider }) => sentText(provider) },
  { title: "accepted", of: ({ acceptedAt }) => acceptedAt },
  { title: "active", of: ({ activeAt }) => activeAt },
  { title: "closed at", of: ({ closedAt }) => closedAt },
  { title: "closes by itself", of: ({ closesBy }) => closesBy },
];

const unsaid = [
  "acceptance",
  "detail",
  "closed",
  "closed for",
  "closed at",
  "accepted",
  "active",
  "sent by the consumer",
  "sent by the provider",
];
/** With everything that an acceptance agrees to. */
export const proposalDetails: readonly Column<SessionView>[] = [
  ...sessionDetails.filter(({ title }) => !unsaid.includes(title)),
  ...termsColumns<SessionView>(({ terms }) => terms),
];
