/** The rows of contracts, offers and sessions as their facts change them. */
import type { SideName } from "@parley/protocol";
import type { Life, Side } from "../governance/engagement-entities.js";
import type { FactData } from "../governance/fact.js";
import { offeredCapabilities } from "../governance/offer/offers.js";
import type { Changes } from "./projected-identities.js";

export const contractCreated = ({ contract, version }: FactData["contract.created"]): Changes => [
  { do: "put", table: "contracts", row: contract },
  { do: "put", table: "contractVersions", row: version },
];

export const contractVersioned = ({ version }: FactData["contract.versioned"]): Changes => [
  { do: "put", table: "contractVersions", row: version },
  { do: "patch", table: "contracts", key: { id: version.contract }, set: { latest: version.number } },
];

export function advertisementPublished({
  advertisement,
  offers,
  gone,
}: FactData["advertisement.published"]): Changes {
  const put = { do: "put", table: "offeredCapabilities" } as const;
  return [
    { do: "put", table: "advertisements", row: advertisement },
    ...takenOut(advertisement.id, gone),
    ...offers.map(
      (made) =>
        ({ do: "put", table: "offers", row: { ...made, statement: advertisement.statement } }) as const,
    ),
    ...offeredCapabilities(advertisement).map((row) => ({ ...put, row })),
  ];
}

export const advertisementRetracted = (data: FactData["advertisement.retracted"], at: number): Changes => [
  {
    do: "patch",
    table: "advertisements",
    key: { id: data.advertisement },
    set: { state: "retracted", takenAt: at, version: data.version },
  },
  ...takenOut(data.advertisement, data.gone),
];

const takenOut = (
  advertisement: FactData["advertisement.retracted"]["advertisement"],
  { workgroups, capabilities }: FactData["advertisement.retracted"]["gone"],
): Changes => [
  ...workgroups.map(
    (workgroup) => ({ do: "drop", table: "offers", key: { workgroup, advertisement } }) as const,
  ),
  ...capabilities.map(
    (offered) => ({ do: "drop", table: "offeredCapabilities", key: { ...offered, advertisement } }) as const,
  ),
];

export const sessionProposed = ({
  session,
  consumer,
  provider,
  statements,
}: FactData["session.proposed"]): Changes => [
  {
    do: "put",
    table: "sessions",
    row: { ...session, proposalStatement: statements.proposal, acceptanceStatement: null },
  },
  { do: "put", table: "sides", row: consumer },
  { do: "put", table: "sides", row: provider },
];

type SessionId = FactData["session.closed"]["session"];

const sidePatched = (session: SessionId, side: SideName, set: Partial<Omit<Side, "session" | "side">>) =>
  ({ do: "patch", table: "sides", key: { session, side }, set }) as const;

/** Both sides say it too, so that what is open is found from them. */
export const sessionLives = (
  session: SessionId,
  life: Life,
  provider: Partial<Omit<Side, "session" | "side">> = {},
): Changes => [
  { do: "patch", table: "sessions", key: { id: session }, set: { life } },
  sidePatched(session, "consumer", { state: life.state }),
  sidePatched(session, "provider", { state: life.state, ...provider }),
];

export const sessionAccepted = (
  { session, life, statement, instance, wouldRefuse, stated }: FactData["session.accepted"],
  at: number,
): Changes => [
  ...sessionLives(session, life, instance === null ? {} : { instance, boundAt: at }),
  {
    do: "patch",
    table: "sessions",
    key: { id: session },
    set: { acceptanceStatement: statement, wouldRefuse },
  },
  sidePatched(session, "consumer", { stated }),
];

export const sessionJoined = (data: FactData["session.joined"]): Changes => {
  const { session, side, instance, boundAt, joinedAt } = data;
  return [
    sidePatched(session, side, { instance, boundAt, joinedAt }),
    { do: "put", table: "holders", row: { session, side, instance } },
  ];
};

export const sessionHandedOver = ({ to, ...data }: FactData["session.handed-over"]): Changes =>
  sessionJoined({ ...data, instance: to });
