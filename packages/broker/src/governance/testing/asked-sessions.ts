/** A well-formed command of each kind about sessions, which is accepted in the town. */
import {
  type AcceptanceClaims,
  limits,
  type OperatorId,
  type ProposalClaims,
  type SessionId,
} from "@parley/protocol";
import type { Signed } from "../command.js";
import type { EngagementCommands } from "../engagement-commands.js";
import type { Instance } from "../entities.js";
import type { Envelope } from "../session/envelope-entities.js";
import { by, own } from "./asking.js";
import * as cast from "./cast.js";
import * as city from "./city.js";

type Principal = OperatorId | Instance["id"];

export const issuer = "https://broker.test";

const signed = <C>(principal: Principal, claims: C): Signed<C> => {
  const text = `signed by ${principal}: ${JSON.stringify(claims)}`;
  return { text, digest: `digest of ${text}`, thumbprint: cast.thumbprintOf(principal), claims };
};

/** What an instance proposes, as it signs it. */
export function proposalOf(principal: Principal, more: Partial<ProposalClaims> = {}): Signed<ProposalClaims> {
  return signed(principal, {
    iss: principal,
    aud: issuer,
    iat: cast.now / 1_000,
    proposal: cast.idOf("proposal", 500),
    advertisement: city.weather,
    workgroup: city.channel,
    capability: "weather.current",
    termsDigest: city.weatherDigest,
    purpose: "a walk",
    ...more,
  });
}

export function acceptanceOf(
  principal: Principal,
  session: SessionId,
  more: Partial<AcceptanceClaims> = {},
): Signed<AcceptanceClaims> {
  const proposal = `digest-of-proposal-of-${session}`;
  return signed(principal, {
    iss: principal,
    aud: issuer,
    iat: cast.now / 1_000,
    session,
    proposal,
    ...more,
  });
}

export const scoutSocket = { connection: cast.scout1Connection, epoch: 3 };
export const northSocket = { connection: city.northConnection, epoch: 2 };

/** Of the consumer in the session that is active; a greater number has a greater id. */
export function envelopeOf(n: number, more: Partial<Envelope & { readonly session: string }> = {}) {
  const payload = `digest of payload ${n}`;
  const header = `{"number":"${n}"}`;
  const made = {
    id: cast.idOf("envelope", n),
    type: "weather.request",
    header,
    payload,
    payloadBytes: 10,
    bytes: 30,
  };
  return { session: city.active as string, ...made, ...more };
}

type Kind = Extract<
  keyof EngagementCommands,
  `session${string}` | `envelopes${string}` | `payloads${string}`
>;

export const sessionAsked: { readonly [K in Kind]: EngagementCommands[K] } = {
  "session.propose": {
    ...by(cast.scout1),
    session: cast.idOf("session", 500),
    statement: proposalOf(cast.scout1),
    socket: null,
  },
  "session.accept": {
    ...by(cast.north1),
    session: city.proposed,
    statement: acceptanceOf(cast.north1, city.proposed),
    socket: null,
  },
  "session.reject": { ...by(cast.north1), session: city.proposed, detail: "not today", socket: null },
  "session.withdraw": { ...by(cast.scout1), session: city.proposed, socket: null },
  "session.join": { ...by(cast.north1), session: city.accepted, cursor: null, socket: northSocket },
  "envelopes.send": { ...by(cast.scout1), envelopes: [envelopeOf(1)], socket: scoutSocket },
  "envelopes.ack": { ...by(cast.scout1), acks: [{ session: city.active, n: 1 }], socket: scoutSocket },
  "session.close": { ...by(cast.scout1), session: city.active, detail: null, socket: scoutSocket },
  "session.expire": { ...own, session: city.proposed },
  "payloads.erase": { ...own, session: city.active },
  "sessions.sweep": {
    ...own,
    sweep: cast.idOf("command", 77),
    part: 0,
    after: null,
    most: limits.sessionsClosedPerSweep,
  },
};
