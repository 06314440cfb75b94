/**
 * Yes or no. `govern` is pure: it asks for what it needs to know, and says what happens; no I/O, no clock, no chance.
 * A refusal of somebody known is itself something that happened.
 */

import { probeReadiness, recoverClock, rotateBrokerKey, startBroker, stepClock } from "./broker-life.js";
import type { Command, CommandAnswers, CommandKind } from "./command.js";
import type { Millis } from "./entities.js";
import { keepCheckpoints, keepReceipt, sealRecord } from "./evidence.js";
import { changeAgent, createAgent, mintEnrolmentToken, voidEnrolmentToken } from "./identity/agent.js";
import { agentStanding } from "./identity/agent-standing.js";
import { closeConnection, openConnection, renewConnection } from "./identity/connection.js";
import { enrolPrincipal } from "./identity/enrolment.js";
import { expireInstance, instanceStanding } from "./identity/instance-standing.js";
import { grantToken, replaceKey } from "./identity/key.js";
import { changeOperator, inviteOperator } from "./identity/operator.js";
import { operatorStanding } from "./identity/operator-standing.js";
import { createOrganisation, recoverOrganisation } from "./identity/organisation.js";
import { organisationStanding } from "./identity/organisation-standing.js";
import { contractRules } from "./offer/contract-rules.js";
import { countRefusals, recordRefusals, refuseRead } from "./refusal-record.js";
import type { Asking, Rule } from "./rule.js";
import { acknowledge } from "./session/acknowledge.js";
import { erasePayloads } from "./session/erase-payloads.js";
import { sendEnvelopes } from "./session/send.js";
import { sessionRules } from "./session/session-rules.js";
import type { TypedRefusal, Verdict } from "./verdict.js";
import { workgroupRules } from "./workgroup/workgroup-rules.js";

export const rules: { readonly [K in CommandKind]: Rule<Command<K>, CommandAnswers[K]> } = {
  "organisation.create": createOrganisation,
  "organisation.suspend": organisationStanding,
  "organisation.resume": organisationStanding,
  "organisation.revoke": organisationStanding,
  "organisation.recover": recoverOrganisation,
  "operator.invite": inviteOperator,
  "operator.change": changeOperator,
  "operator.suspend": operatorStanding,
  "operator.resume": operatorStanding,
  "operator.revoke": operatorStanding,
  "agent.create": createAgent,
  "agent.change": changeAgent,
  "agent.suspend": agentStanding,
  "agent.resume": agentStanding,
  "agent.revoke": agentStanding,
  "enrolment-token.mint": mintEnrolmentToken,
  "enrolment-token.void": voidEnrolmentToken,
  "instance.suspend": instanceStanding,
  "instance.resume": instanceStanding,
  "instance.revoke": instanceStanding,
  "instance.expire": expireInstance,
  "principal.enrol": enrolPrincipal,
  "key.replace": replaceKey,
  "token.grant": grantToken,
  "connection.open": openConnection,
  "connection.renew": renewConnection,
  "connection.close": closeConnection,
  "refusals.count": countRefusals,
  "refusal.record": refuseRead,
  "broker.start": startBroker,
  "clock.step": stepClock,
  "clock.recover": recoverClock,
  "broker-key.rotate": rotateBrokerKey,
  "readiness.probe": probeReadiness,
  "record.seal": sealRecord,
  "checkpoints.keep": keepCheckpoints,
  "receipt.keep": keepReceipt,
  ...workgroupRules,
  ...contractRules,
  ...sessionRules,
  "envelopes.send": sendEnvelopes,
  "envelopes.ack": acknowledge,
  "payloads.erase": erasePayloads,
};

export function* govern<K extends CommandKind>(
  command: Command<K>,
  now: Millis,
): Asking<Verdict<CommandAnswers[K]>> {
  const rule: Rule<Command<K>, CommandAnswers[K]> = rules[command.kind];
  const { verdict, party } = yield* rule.decide(command, now);
  const refused = refusedOf(verdict, command as Command);
  if (refused.length === 0 || party === undefined) return verdict;
  const recorded = yield* recordRefusals(refused, party, command as Command, now);
  return {
    ...verdict,
    facts: [...verdict.facts, ...recorded.facts],
    work: [...verdict.work, ...recorded.work],
  };
}

function refusedOf(verdict: Verdict, command: Command): readonly TypedRefusal[] {
  if (verdict.verdict === "accepted") return verdict.refused ?? [];
  return [{ refusal: verdict.refusal, target: "target" in command ? command.target : "" }];
}
