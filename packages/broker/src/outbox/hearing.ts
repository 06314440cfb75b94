/** What the line tells the outbox of envelopes: those that were accepted, with what has come with them. */
import type { SessionId, SideName } from "@parley/protocol";
import type { Command, CommandAnswers } from "../governance/command.js";
import type { SentIn } from "../governance/engagement-commands.js";
import type { Side } from "../governance/engagement-entities.js";
import type { Envelope } from "../governance/session/envelope-entities.js";
import type { StoredFact } from "../ledger/stored-fact.js";

export interface SentCommand extends Deliverable {
  readonly command: Command<"envelopes.send">;
  readonly answer: CommandAnswers["envelopes.send"];
}

/** As much of it as is needed to deliver it. */
export interface Deliverable {
  readonly command: Pick<Command<"envelopes.send">, "id" | "caller"> & {
    readonly envelopes: readonly Pick<Envelope, "header" | "payload">[];
  };
  readonly answer: { readonly sessions: readonly DeliverableIn[] };
  readonly facts: readonly StoredFact[];
  /** Their payloads, by their place in the command. */
  readonly carried: readonly Uint8Array[];
}

type From = Pick<Side, "agent" | "organisation">;

export interface DeliverableIn extends Pick<SentIn, "side" | "facts" | "segments"> {
  readonly standing: Readonly<Record<SideName, From>> & { readonly session: { readonly id: SessionId } };
  readonly stands: Pick<SentIn["stands"], "sendUpTo">;
}
