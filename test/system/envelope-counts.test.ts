/**
 * Exactly so many envelopes as the contract allows, and no fewer: fifty connections send at once what they may and what
 * they may not, each of them again and again under the same ids.
 */
import type { SessionId } from "@parley/protocol";
import { beforeAll, expect, test } from "vitest";
import type { Offered } from "../fixtures/market.js";
import { readSession, sessionFacts } from "../fixtures/sessions.js";
import { type Envelope, risingId, type Talking, type Verdict, wordOf } from "../fixtures/talking.js";
import { openTalkStage } from "./talk-stage.js";

const stage = openTalkStage("counts");
const rounds = Number(process.env.PARLEY_ROUNDS ?? 200);
const senders = 25;
const roundsPerConnection = 1_000;
const bounds = [0, 1, 2, 5, 16, 40];

const consumers: Talking[] = [];
const providers: Talking[] = [];
const offers: Offered[] = [];

beforeAll(async () => {
  for (let at = 0; at < senders; at++) {
    consumers.push(await stage.another("consumer"));
    providers.push(await stage.another("provider"));
  }
  for (const maxEnvelopes of bounds)
    offers.push(await stage.offered({ maxEnvelopes, violationsAllowed: 10 }));
}, 120_000);

function at<T>(all: readonly T[], place: number): T {
  const one = all[place % all.length];
  if (one === undefined) throw new RangeError("nothing is there");
  return one;
}

/** Each of these again and again, so that answers, repeats and refusals pass each other. */
async function insist(by: Talking, envelopes: readonly Envelope[], times: number): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (let time = 0; time < times; time++) verdicts.push(...(await by.sendAll(envelopes)));
  return verdicts;
}

const words = (verdicts: readonly Verdict[]): readonly string[] => [...new Set(verdicts.map(wordOf))].sort();
const idsOf = (verdicts: readonly Verdict[], is: Verdict["is"]): readonly string[] =>
  verdicts.flatMap((each) => (each.is === is ? each.id : []));

async function round(number: number): Promise<void> {
  const bound = bounds[number % bounds.length] ?? 0;
  const consumer = at(consumers, number);
  const provider = at(providers, number * 7);
  const { session } = await stage.pair(at(offers, number), { consumer, provider });
  const own = (count: number): Envelope[] =>
    Array.from({ length: count }, () => ({ session, id: risingId(), payload: `${number}` }));
  const [ofConsumer, ofProvider] = [own(1 + (number % 23)), own(1 + (number % 17))];
  const siblings = [...consumers, ...providers].filter((each) => each !== consumer && each !== provider);
  const [mine, theirs, ...others] = await Promise.all([
    insist(consumer, ofConsumer, 3),
    insist(provider, ofProvider, 3),
    // A sibling may be told what became of what its agent has sent, and no more.
    ...siblings.map((each, place) => insist(each, place % 3 === 0 ? ofConsumer : own(2), 1)),
  ]);
  const holders = [...mine, ...theirs];
  const accepted = idsOf(holders, "accepted");
  const reached = Math.min(ofConsumer.length + ofProvider.length, bound);
  const found = { accepted: accepted.length, different: new Set(accepted).size };
  expect({ number, session, ...found }).toEqual({ number, session, accepted: reached, different: reached });
  // What was accepted once is repeated ever after, whatever has become of the session.
  const repeated = idsOf(holders, "repeated");
  expect([repeated.length, new Set(repeated)]).toEqual([2 * reached, new Set(accepted)]);
  const may = ["repeated", "session.not-held"];
  expect(words(others.flat()).filter((word) => !may.includes(word))).toEqual([]);
  await readRecord(consumer, session, reached);
  if (number % 40 === 0) await readChain(session, reached);
  await consumer.speaking.call("close", { session });
}

test(`${rounds} rounds of fifty senders reach exactly what the contract allows (PARLEY_ROUNDS) [ENV-2] [ENV-3] [ENV-4]`, async () => {
  for (let number = 0; number < rounds; number++) {
    if (number > 0 && number % roundsPerConnection === 0) await connectAgain();
    await round(number);
  }
}, 0);

/** A connection lasts no longer than its token does. */
async function connectAgain(): Promise<void> {
  for (const all of [consumers, providers])
    for (const [place, talking] of all.entries()) all[place] = await stage.again(talking);
}

async function readRecord({ principal }: Talking, session: string, count: number): Promise<void> {
  const { consumer, provider } = await readSession(principal, { id: session as SessionId });
  expect([session, consumer.sent.envelopes + provider.sent.envelopes]).toEqual([session, count]);
}

/** Of each it says what its seq is: 1 to n, without a gap. */
async function readChain(session: string, count: number): Promise<void> {
  const facts = await sessionFacts(stage.opened.world.a.admin, { id: session as SessionId });
  const seqs = facts.flatMap(({ kind, content }) => {
    const { seq = 0, entries = [] } = (content?.data ?? {}) as { seq?: number; entries?: unknown[] };
    return kind === "session.sent" ? entries.map((_, place) => seq + place) : [];
  });
  expect(seqs).toEqual(Array.from({ length: count }, (_, place) => place + 1));
}
