/** From what the line decided to what is replied. */
import type { MintedTokenView, Refusal } from "@parley/protocol";
import type { CommandAnswers, CommandKind } from "../../governance/command.js";
import type { EnrolmentToken } from "../../governance/entities.js";
import type { CutReport, Outcome } from "../../relay.js";
import { viewToken } from "../present/identities.js";
import type { Reply } from "./route.js";

export function answer<K extends CommandKind>(
  outcome: Outcome<K>,
  reply: (answer: CommandAnswers[K], cut: CutReport, at: number) => Reply,
): Reply | Refusal {
  return outcome.outcome === "refused" ? outcome.refusal : reply(outcome.answer, outcome.cut, outcome.at);
}

/** A secret is shown once: the repeat says so with `null` [API-6]. */
export const viewMinted = (
  token: EnrolmentToken,
  secret: string,
  repeated: boolean,
  at: number,
): MintedTokenView => ({
  ...viewToken(token, at),
  token: repeated ? null : secret,
});

export const created = (body: unknown, location: string): Reply => ({
  status: 201,
  body,
  headers: { location },
});
export const ok = (body: unknown, headers?: Reply["headers"]): Reply =>
  headers ? { status: 200, body, headers } : { status: 200, body };
