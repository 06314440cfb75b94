/** What a conversation works with: its socket, and what it shares with all others. */
import type { CloseReason } from "@parley/protocol";
import type { FastifyBaseLogger } from "fastify";
import type { Clock } from "../../clock.js";
import type { Wires } from "../../outbox/wire.js";
import type { Relay } from "../../relay.js";
import type { AnswerParts } from "./call-answers.js";
import type { CallLimits } from "./calls.js";
import type { Departures } from "./departures.js";
import type { Admit } from "./hello.js";
import type { OnTheWay } from "./on-the-way.js";

/** The socket, as a conversation uses it. */
export interface Socket {
  /** `gone`: it has left this process, or never will. */
  send(bytes: Uint8Array, gone?: () => void): void;
  /** Whether what arrives is read: what is not waits with who sends it. */
  read(may: boolean): void;
  /** Says why, and goes by force when the other end does not agree in time. */
  end(reason: CloseReason): void;
  /** What was sent and has not left this process. */
  readonly bufferedAmount: number;
}

export interface ConversationLimits extends CallLimits {
  readonly helloSecondsMax: number;
  readonly pingSeconds: number;
  readonly silenceSecondsMax: number;
  readonly framesPerMessageMax: number;
  readonly messageBytesMax: number;
  readonly bufferedBytesPerConnectionMax: number;
}

/** What all conversations share. */
export interface ConversationParts extends AnswerParts {
  readonly relay: Relay;
  readonly admit: Admit;
  readonly wires: Wires;
  readonly departures: Departures;
  readonly clock: Clock;
  readonly onTheWay: OnTheWay;
  readonly limits: ConversationLimits;
  readonly log: Pick<FastifyBaseLogger, "error">;
}
