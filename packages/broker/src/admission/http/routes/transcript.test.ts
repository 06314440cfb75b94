import {
  limits,
  makeId,
  pageOf,
  type TermsRequest,
  transcriptEnvelopeSchema,
  transcriptItemSchema,
} from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { openMemoryStore } from "../../../ledger/memory/store.js";
import type { Store } from "../../../ledger/store.js";
import { accept, advertise, makeContract, propose, search } from "../../testing/dealing.js";
import type { EdgeOptions } from "../../testing/edge.js";
import { marketOfThisTest } from "../../testing/market.js";
import { enrolAgent, enrolOperator, type Person, sha256 } from "../../testing/person.js";
import { type Saying, Talker } from "../../testing/talking.js";

/** A store whose readers find the chains of sessions without their contents. */
function lettingGo(): Store {
  const store = openMemoryStore();
  const emptied = (found: unknown): unknown =>
    Array.isArray(found) ? found.map((fact) => ({ ...fact, contentText: null })) : found;
  const read: Store["read"] = async (question) => {
    const answers: Record<string, unknown> = { ...(await store.read(question)) };
    for (const [name, { find }] of Object.entries(question))
      if (find === "factsPage") answers[name] = emptied(answers[name]);
    return answers as Awaited<ReturnType<typeof store.read<typeof question>>>;
  };
  return new Proxy(store, {
    get: (of, name) => {
      const member = name === "read" ? read : Reflect.get(of, name, of);
      return typeof member === "function" ? member.bind(of) : member;
    },
  });
}

const transcriptPage = pageOf(transcriptItemSchema);

async function engagedUnder(terms: TermsRequest, options?: EdgeOptions) {
  const market = await marketOfThisTest(options);
  const { acme, feed, desk, workgroup } = market;
  const { id, latest } = await makeContract(acme.admin, "terms", terms);
  const contract = { id, termsDigest: latest.termsDigest };
  await advertise(feed.instance, feed.id, "equity", { workgroups: [workgroup.id], contract });
  const [item] = await search(desk.instance);
  if (item === undefined) throw new Error("nothing to engage");
  const session = await propose(desk.instance, item, { purpose: "morning brief" });
  if (session.state === "proposed") await accept(feed.instance, session);
  const [consumer, provider] = [await Talker.connect(desk.instance), await Talker.connect(feed.instance)];
  await consumer.join(session);
  await provider.join(session);
  return { ...market, session, consumer, provider, path: `/v1/sessions/${session.id}/transcript` };
}

const read = async (person: Person, path: string) => {
  const answer = await person.get(path);
  expect(answer.status).toBe(200);
  return { ...transcriptPage.parse(answer.body), bytes: Buffer.byteLength(answer.text) };
};

/** All of it, page by page; each page is remembered by how many stood on it. */
async function walk(person: Person, path: string) {
  const [items, pages]: [Awaited<ReturnType<typeof read>>["items"], number[]] = [[], []];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const join = path.includes("?") ? "&" : "?";
    const page: Awaited<ReturnType<typeof read>> = await read(
      person,
      cursor === "" ? path : `${path}${join}cursor=${cursor}`,
    );
    items.push(...page.items);
    pages.push(page.items.length);
    cursor = page.nextCursor;
  }
  return { items, pages };
}

describe("the transcript of a session [API-17]", () => {
  test("is what has happened in it, in the order of its chain, with the outside of each envelope", async () => {
    const scene = await engagedUnder({ acceptance: "provider", violationsAllowed: 1, maxEnvelopeBytes: 200 });
    const { acme, desk, feed, session, consumer, provider, path } = scene;
    await consumer.send(session, { payload: '{"q":1}', header: { "x-desk": "ü" } }, { type: "markets.more" });
    await provider.send(session, { type: "markets.answer", payload: "secret price" });
    await consumer.send(session, { payload: "long".repeat(99) });
    await consumer.close(session, "thank you");
    const { items, nextCursor } = await read(acme.admin, path);
    expect(nextCursor).toBeNull();
    expect(items.map(({ position, kind }) => [position, kind])).toEqual([
      [1, "session.proposed"],
      [2, "session.accepted"],
      [3, "session.joined"],
      [4, "session.joined"],
      [5, "session.activated"],
      [6, "session.sent"],
      [6, "session.sent"],
      [7, "session.sent"],
      [8, "session.violated"],
      [9, "session.closed"],
    ]);
    const contents = items.map(({ content }) => content);
    const of = { consumer: { side: "consumer", instance: desk.instance.id } };
    const header = { session: session.id, id: expect.any(String), type: "markets.quote", "x-desk": "ü" };
    expect(contents[0]).toMatchObject({ instance: desk.instance.id, purpose: "morning brief" });
    expect(contents[1]).toMatchObject({ by: feed.instance.id, instance: feed.instance.id });
    expect(contents[2]).toEqual(of.consumer);
    expect(contents[5]).toMatchObject({ ...of.consumer, n: 1, seq: 1, type: "markets.quote", header });
    const first = transcriptEnvelopeSchema.parse(contents[5]);
    const sizes = { payload: sha256('{"q":1}'), payloadBytes: 7, wouldRefuse: [] };
    expect(first).toMatchObject({ ...sizes, bytes: Buffer.byteLength(JSON.stringify(first.header)) + 7 });
    expect(contents[6]).toMatchObject({ ...of.consumer, n: 2, seq: 2, type: "markets.more" });
    expect(contents[7]).toMatchObject({ side: "provider", instance: feed.instance.id, n: 1, seq: 3 });
    expect(contents[8]).toMatchObject({
      ...of.consumer,
      rule: "maxEnvelopeBytes",
      limit: 200,
      violations: 1,
    });
    const accepted = { consumer: { accepted: 2 }, provider: { accepted: 1 } };
    const ended = { by: desk.instance.id, reason: "completed_by_consumer", detail: "thank you" };
    expect(contents[9]).toMatchObject({ ...ended, sides: accepted });
    expect(JSON.stringify(items)).not.toContain("secret price");
  });

  test("says what terms on trial would have refused", async () => {
    const until = new Date(Date.UTC(2026, 0, 6)).toISOString();
    const observe = { until, terms: ["maxEnvelopes" as const, "maxEnvelopesBySide" as const] };
    const terms = { maxEnvelopes: 1, observe };
    const { globex, session, consumer, path } = await engagedUnder({ ...terms, acceptance: "open" });
    await consumer.send(session, {}, {});
    const marked = (await read(globex.admin, `${path}?after=5`)).items.map(({ content }) => content);
    const mark = { rule: "maxEnvelopes", at: "envelope", limit: 1 };
    expect(marked).toMatchObject([{ wouldRefuse: [] }, { wouldRefuse: [mark, {}] }]);
  });

  test("shows what the record has let go of as nothing, and leaves no gap", async () => {
    const { acme, session, consumer, path } = await engagedUnder({}, { store: lettingGo() });
    await consumer.send(session, {}, {});
    await consumer.close(session);
    const { items } = await walk(acme.admin, `${path}?limit=2`);
    expect(items.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(items.map(({ content }) => content)).toEqual(items.map(() => null));
  });

  test("is read by whoever sees the session, and by nobody else", async () => {
    const { acme, globex, platform, desk, feed, path } = await engagedUnder({ acceptance: "open" });
    const auditor = await enrolOperator(acme.admin, "auditor", "auditor");
    const first = await acme.admin.get(path);
    for (const reader of [desk.instance, feed.instance, globex.admin, auditor])
      expect(await reader.get(path)).toMatchObject({ status: 200, text: first.text });
    const sibling = await enrolAgent(globex.admin, "sibling");
    const enroller = await enrolOperator(acme.admin, "enroller", "enroller", [feed.id]);
    const absent = await sibling.instance.get(`/v1/sessions/${makeId("session")}/transcript`);
    for (const person of [sibling.instance, enroller, platform]) {
      const hidden = await person.get(path);
      expect([hidden.status, hidden.text]).toEqual([404, absent.text]);
    }
  });
});

describe("a transcript comes in pages [API-5]", () => {
  const quotes = (count: number): readonly Saying[] =>
    Array.from({ length: count }, (_, at) => ({ type: `markets.q${at}` }));

  test.each([1, 2, 3, 4, 200])("of %i, also where one ends within a segment", async (limit) => {
    const { acme, session, consumer, provider, path } = await engagedUnder({ acceptance: "open" });
    await consumer.send(session, ...quotes(4));
    await provider.send(session, ...quotes(3));
    const whole = (await read(acme.admin, path)).items;
    expect(whole).toHaveLength(12);
    const { items, pages } = await walk(acme.admin, `${path}?limit=${limit}`);
    expect(items).toEqual(whole);
    const full = Array.from({ length: Math.floor(12 / limit) }, () => limit);
    expect(pages).toEqual(12 % limit === 0 ? full : [...full, 12 % limit]);
  });

  test("goes on after a position, and with what has come since", async () => {
    const { acme, session, consumer, path } = await engagedUnder({ acceptance: "open" });
    await consumer.send(session, ...quotes(2));
    const after = async (position: number) =>
      (await read(acme.admin, `${path}?after=${position}`)).items.map(({ position: at }) => at);
    expect(await after(4)).toEqual([5, 6, 6]);
    expect(await after(6)).toEqual([]);
    await consumer.close(session);
    expect(await after(6)).toEqual([7]);
  });

  test.each(["-1", "01", "1.5", "x", "", "1".repeat(16)])("after no position: %j [API-2]", async (after) => {
    const { acme, path } = await engagedUnder({ acceptance: "open" });
    expect(await acme.admin.get(`${path}?after=${after}`)).toMatchObject({ status: 400 });
  });

  test("a cursor is of this session and of this reader", async () => {
    const { acme, globex, desk, path } = await engagedUnder({ acceptance: "open" });
    const [item] = await search(desk.instance);
    if (item === undefined) throw new Error("nothing to engage");
    const other = await propose(desk.instance, item);
    const { nextCursor } = await read(acme.admin, `${path}?limit=1`);
    const elsewhere = { status: 400, body: { code: "cursor.invalid" } };
    const go = `limit=1&cursor=${nextCursor}`;
    expect((await acme.admin.get(`${path}?${go}`)).status).toBe(200);
    expect(await globex.admin.get(`${path}?${go}`)).toMatchObject(elsewhere);
    expect(await acme.admin.get(`${path}?${go}&after=1`)).toMatchObject(elsewhere);
    expect(await acme.admin.get(`/v1/sessions/${other.id}/transcript?${go}`)).toMatchObject(elsewhere);
  });

  test("is no longer than a page may be [LIM-1]", async () => {
    const terms = { acceptance: "open", maxEnvelopesPerMinute: 6_000 } as const;
    const { acme, session, consumer, path } = await engagedUnder(terms);
    const wordy = Object.fromEntries(
      Array.from({ length: 25 }, (_, at) => [`x-word-${at}`, "w".repeat(256)]),
    );
    const many = Array.from({ length: 90 }, (): Saying => ({ header: wordy }));
    await consumer.send(session, ...many);
    await consumer.send(session, ...many);
    const first = await read(acme.admin, `${path}?limit=200`);
    expect(first.bytes).toBeGreaterThan(limits.pageBytesMax * 0.9);
    expect(first.bytes).toBeLessThan(limits.pageBytesMax * 1.05);
    const { items } = await walk(acme.admin, `${path}?limit=200`);
    expect(items.filter(({ kind }) => kind === "session.sent")).toHaveLength(180);
    expect(items.length).toBeGreaterThan(first.items.length);
  });
});
