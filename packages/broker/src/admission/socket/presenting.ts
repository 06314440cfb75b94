/**
 * A token and its proof, as a connection shows them to be opened or renewed: judged at the edge, and then down the line.
 * What becomes of the connection is left to the conversation, which may have ended by the time the answer is there.
 */
import { type ConnectionId, makeId, type Refusal, type Welcome } from "@parley/protocol";
import type { Caller, CommandAnswers } from "../../governance/command.js";
import type { Wire } from "../../outbox/wire.js";
import type { Speaking } from "./call-answers.js";
import type { ConversationLimits, ConversationParts } from "./conversation-parts.js";
import type { Admitted } from "./hello.js";

type Parts = Pick<
  ConversationParts,
  "admit" | "clock" | "departures" | "log" | "records" | "wires" | "relay"
>;

export interface Shown {
  readonly token: string;
  readonly proof: string;
}

export interface Presenting {
  readonly wire: Wire;
  readonly connection: ConnectionId;
  /** Of this connection. */
  readonly nonce: string;
  /** Nothing more is asked for who is not there any more. */
  readonly isOver: () => boolean;
}

export interface Opening {
  readonly admitted: Admitted;
  readonly opened: CommandAnswers["connection.open"];
  /** The last signed head of its organisation's log. */
  readonly checkpoint: string | null;
}

export const timeOf = (ms: number): string => new Date(ms).toISOString();

/** [SOC-3] */
export function welcomeTo(
  who: Omit<Welcome, "limits" | "expiresAt">,
  expiresAt: number,
  limits: ConversationLimits,
): Welcome {
  const { pingSeconds, silenceSecondsMax, framesPerMessageMax, messageBytesMax } = limits;
  const told = { pingSeconds, silenceSecondsMax, framesPerMessageMax, messageBytesMax };
  return { ...who, expiresAt: timeOf(expiresAt), limits: told };
}

export const callerOf = ({ principal, generation }: Admitted): Caller => ({ principal, generation });

/** Undefined when the connection ended before it was asked for. */
export async function presentToOpen(
  { admit, clock, departures, log, records, wires, relay }: Parts,
  { wire, connection, nonce, isOver }: Presenting,
  { token, proof }: Shown,
): Promise<Opening | Refusal | undefined> {
  const admitted = await admit.hello(token, proof, nonce, clock.now());
  if (isOver()) return undefined;
  if ("code" in admitted) return admitted;
  const unheard = await departures.tellFirst(admitted.principal);
  if (unheard !== undefined || isOver()) return unheard;
  const asked = { id: makeId("command"), caller: callerOf(admitted), target: connection };
  // Before it is asked for: a decision that cuts may follow in the same commit, and be heard before the answer.
  wires.opening(wire, admitted.principal);
  const outcome = await relay({ kind: "connection.open", ...asked, connection });
  if (outcome.outcome === "refused") return outcome.refusal;
  const opened = outcome.answer;
  // It is open by now, whatever else goes wrong: whoever is welcomed without it is welcomed.
  const checkpoint = await records.checkpointOf(opened.principal).catch((err: unknown) => {
    log.error({ err }, "the last checkpoint could not be read");
    return null;
  });
  return { admitted, opened, checkpoint };
}

/** [SOC-7] For the same principal only, over this connection's own nonce. */
export async function presentToRenew(
  { admit, clock, relay }: Parts,
  { connection, nonce, isOver }: Presenting,
  { token, proof }: Shown,
  by: Speaking,
): Promise<Admitted | Refusal | undefined> {
  const admitted = await admit.hello(token, proof, nonce, clock.now());
  if (isOver()) return undefined;
  if ("code" in admitted) return admitted;
  if (admitted.principal !== by.caller.principal) return { code: "access.invalid" };
  const asked = { id: makeId("command"), caller: callerOf(admitted), target: connection };
  const outcome = await relay({ kind: "connection.renew", ...asked, connection, epoch: by.epoch });
  return outcome.outcome === "refused" ? outcome.refusal : admitted;
}
