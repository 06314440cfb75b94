/** What the line tells the outbox of envelopes: those that were accepted, with what has come with them. */
import type { Command, CommandAnswers } from "../governance/command.js";
import type { StoredFact } from "../ledger/stored-fact.js";

export interface SentCommand {
  readonly command: Command<"envelopes.send">;
  readonly answer: CommandAnswers["envelopes.send"];
  readonly facts: readonly StoredFact[];
  /** Their payloads, by their place in the command. */
  readonly carried: readonly Uint8Array[];
}
