/** A session as the envelopes of one decision find it, and envelopes to try on it. */
import { completeTerms, encodeId, type SideName, type Terms } from "@parley/protocol";
import type { FactData } from "../fact.js";
import { type Envelope, type HandledRow, nothingFlows, type Tally } from "../session/envelope-entities.js";
import { type Beginning, type Sender, Sending } from "../session/sending.js";
import { closedLife, endingOf } from "../session/session-end.js";
import * as cast from "./cast.js";
import * as city from "./city.js";

const { now, idOf } = cast;
export const by: Sender = { side: "consumer", instance: cast.scout1, cause: idOf("command", 1) };
export const other: Sender = { side: "provider", instance: cast.north1, cause: idOf("command", 2) };
export const unknown = { place: 0, known: undefined, isHeld: true, nthBefore: undefined };
export const lives = {
  ...city.lives,
  closed: closedLife(city.lives.active, endingOf("idle_timeout", "broker"), now),
};

/** Ids rise with their number. */
export const envelope = (n: number, more: Partial<Envelope> = {}): Envelope => ({
  id: encodeId(
    "envelope",
    Uint8Array.from({ length: 16 }, (_, at) => (at === 15 ? n % 256 : at === 14 ? n >> 8 : 0)),
  ),
  type: "weather.request",
  header: `{"number":"${n}"}`,
  payload: `digest-${n}`,
  payloadBytes: 10,
  bytes: 30,
  ...more,
});

export interface Given {
  readonly terms?: Partial<Terms>;
  readonly life?: Beginning["standing"]["session"]["life"];
  readonly tally?: Partial<Tally>;
  /** Of what it has sent. */
  readonly handled?: Partial<HandledRow>;
  readonly waiting?: number;
  readonly isAwaited?: boolean;
}

export function beginning({
  terms = {},
  life = city.lives.active,
  tally = {},
  ...given
}: Given = {}): Sending {
  const session = { ...city.sessionRow(city.active, life), terms: completeTerms(terms) };
  const side = (name: SideName) => city.sideRow(session, name);
  const { consumer, provider } = nothingFlows(session.id);
  const none = { session: session.id, side: "consumer", n: 0, bytes: 0, handed: 0 } as const;
  const flow = {
    consumer: { sent: { ...consumer.sent, ...tally }, handled: { ...none, ...given.handled } },
    provider,
  };
  const standing = { session, consumer: side("consumer"), provider: side("provider"), flow };
  const { waiting = 0, isAwaited = false } = given;
  return new Sending({ standing, side: "consumer", waiting: { bytes: waiting }, isAwaited, now });
}

export const take = (sending: Sending, ...numbers: readonly number[]) =>
  numbers.map((n) => sending.take(by, envelope(n), unknown));
export const kinds = (sending: Sending) => sending.finish().facts.map(({ kind }) => kind);
export const segment = (sending: Sending, at: number) =>
  sending.finish().facts[at]?.content.data as FactData["session.sent"];
export const code = (taken: ReturnType<Sending["take"]>) =>
  taken.outcome === "refused" ? taken.refusal.code : taken.outcome;
