/** The table of all routes: what is registered, described and walked by the tests. */
import type { Clock } from "../../clock.js";
import type { BrokerKeys } from "../../keys.js";
import type { Records } from "../../records/records.js";
import type { Relay } from "../../relay.js";
import type { AccessTokens } from "../authenticate/access-token.js";
import type { Nonces } from "../authenticate/nonce.js";
import type { Proofs } from "../authenticate/proof.js";
import { openEngagements } from "../engagements.js";
import type { Spiffe } from "../present/identities.js";
import { openStatements } from "../statements.js";
import type { EventStreams } from "./event-stream.js";
import { openLook } from "./look.js";
import type { Route } from "./route.js";
import { advertisementCommands, advertisementReads } from "./routes/advertisements.js";
import { agentCommands, agentReads, tokenCommands } from "./routes/agents.js";
import { brokerKeyRoute, publicRoutes } from "./routes/broker.js";
import { catalogRoute } from "./routes/catalog.js";
import { contractCommands, contractReads } from "./routes/contracts.js";
import { evidenceRoutes } from "./routes/evidence.js";
import { factStreamRoute } from "./routes/fact-stream.js";
import { enrolmentRoute, keyRoute, whoamiRoute } from "./routes/identity.js";
import { instanceRoutes } from "./routes/instances.js";
import { invitationCommands, invitationReads } from "./routes/invitations.js";
import { memberCommands, memberReads } from "./routes/members.js";
import { operatorCommands, operatorReads } from "./routes/operators.js";
import { organisationCommands, organisationReads } from "./routes/organisations.js";
import { reachRoutes } from "./routes/reach.js";
import { recordRoutes } from "./routes/record.js";
import { sessionCommands, sessionReads } from "./routes/sessions.js";
import { tokenRoute } from "./routes/token.js";
import { workgroupCommands, workgroupReads } from "./routes/workgroups.js";

export interface RoutesNeed {
  readonly relay: Relay;
  readonly records: Records;
  readonly keys: BrokerKeys;
  readonly clock: Clock;
  readonly nonces: Nonces;
  readonly proofs: Proofs;
  readonly tokens: AccessTokens;
  readonly spiffe: Spiffe;
  readonly streams: EventStreams;
  readonly issuer: () => string;
}

export function allRoutes({
  relay,
  records,
  keys,
  clock,
  nonces,
  proofs,
  tokens,
  spiffe,
  streams,
  issuer,
}: RoutesNeed): readonly Route[] {
  const look = openLook(records, keys);
  const engagements = openEngagements(relay, issuer);
  return [
    ...publicRoutes(keys, issuer),
    enrolmentRoute({ relay, records, keys, issuer, spiffe }),
    tokenRoute({ relay, records, tokens, proofs, nonces, issuer }),
    keyRoute(relay, issuer),
    whoamiRoute(look, spiffe),
    ...organisationCommands(relay, spiffe),
    ...organisationReads(records, look),
    ...operatorCommands(relay, spiffe),
    ...operatorReads(records, look, spiffe),
    ...agentCommands(relay),
    ...tokenCommands(relay),
    ...agentReads(records, look, spiffe),
    ...instanceRoutes(relay, records, look, spiffe),
    ...workgroupCommands(relay),
    ...workgroupReads(records, look),
    ...invitationCommands(relay, openStatements(relay, issuer)),
    ...invitationReads(records, look),
    ...memberCommands(relay, records),
    ...memberReads(records, look),
    ...contractCommands(relay, engagements, records),
    ...contractReads(records, look),
    ...advertisementCommands(engagements, records),
    ...advertisementReads(records, look),
    catalogRoute(records, look),
    ...reachRoutes(records, look),
    ...sessionCommands(engagements),
    ...sessionReads(records, look),
    ...recordRoutes(records, look),
    ...evidenceRoutes({ records, look, keys, issuer }),
    factStreamRoute({ records, keys, clock, streams }),
    brokerKeyRoute(relay, keys, clock),
  ];
}
