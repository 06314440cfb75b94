/** What a broker counts while it is used, as a scraper reads it: of how many, never of whom. */
import { describe, expect, test } from "vitest";
import { connectAs } from "../fixtures/raw-socket.js";
import { type Exposed, readOpenMetrics, readPrometheus } from "../fixtures/scraped.js";
import { openTalkStage, type Pair } from "./talk-stage.js";

const stage = openTalkStage("measured");

async function scrape(accept?: string): Promise<{ readonly text: string; readonly type: string }> {
  const { management } = stage.opened.world.broker;
  const answer = await fetch(`${management}/metrics`, accept === undefined ? {} : { headers: { accept } });
  return { text: await answer.text(), type: answer.headers.get("content-type") ?? "" };
}

const seen = async (): Promise<Exposed> => readPrometheus((await scrape()).text);

/** Something of everything, with ids that nobody has had before. */
async function traffic(): Promise<void> {
  const { a, b } = stage.opened.world;
  const who = { consumer: await stage.another("consumer"), provider: await stage.another("provider") };
  const { session, consumer, provider }: Pair = await stage.pair(
    { messageTypes: [{ type: "a.b", from: "either" }] },
    who,
  );
  const sent = [
    { session, type: "a.b", payload: "one" },
    { session, type: "a.b", payload: "two" },
    { session, type: "c.d" },
  ];
  await consumer.sendAll(sent);
  await provider.received(session, 2);
  provider.ack(session, 2);
  await provider.settled();
  await consumer.close(session);
  await a.admin.get(`/v1/agents/${b.agent}`);
  await b.auditor.post("/v1/agents", { name: "not-allowed", owner: "x" });
  await fetch(`${stage.opened.world.broker.url}/nowhere/${session}`);
  await fetch(`${stage.opened.world.broker.url}/v1/whoami`, {
    headers: { authorization: `DPoP ${session}`, dpop: "x" },
  });
  const { socket } = await connectAs(who.consumer.principal);
  await who.consumer.end();
  await who.provider.end();
  socket.end();
}

/** What the broker does by itself, when it is due. */
const byTime = /"(?:payloads\.erase|refusals\.counte?d?|(?:session|instance|invitation)\.expired?)"/;

describe("what a broker counts", () => {
  test("has no series for whoever or whatever comes: the same again with others makes none", async () => {
    await traffic();
    await traffic();
    const before = await seen();
    await traffic();
    const after = await seen();
    // Of the process there is one for each kind of thing that Node has at the moment.
    const isOurs = (series: string) => series.startsWith("parley_") && !byTime.test(series);
    const isNew = (series: string) => isOurs(series) && !before.values.has(series);
    expect([...after.values.keys()].filter(isNew)).toEqual([]);
    expect(after.values.size).toBeLessThan(1_000);
    const labels = [...after.values.keys()].flatMap((series) =>
      [...series.matchAll(/="([^"]*)"/g)].map(([, of = ""]) => of),
    );
    expect(labels.filter((label) => /_[0-9a-z]{26}|spiffe:|\//.test(label))).toEqual([]);
  });

  test("moves with what happens", async () => {
    const before = await seen();
    await traffic();
    const after = await seen();
    const by = (series: string) => (after.values.get(series) ?? 0) - (before.values.get(series) ?? 0);
    expect({
      accepted: by('parley_envelopes_total{outcome="accepted"}'),
      refused: by('parley_envelopes_refused_total{code="contract.violation"}'),
      delivered: by("parley_envelopes_delivered_total"),
      acknowledged: by("parley_envelopes_acknowledged_total"),
      closed: by('parley_sessions_closed_total{reason="completed_by_consumer"}'),
      told: by('parley_facts_total{kind="session.proposed"}'),
      other: by('parley_http_requests_total{route="other",status="404"}'),
      believed: by('parley_authentications_total{surface="socket",outcome="accepted"}'),
    }).toEqual({
      ...{
        accepted: 2,
        refused: 1,
        delivered: 2,
        acknowledged: 2,
        closed: 1,
        told: 1,
        other: 1,
        believed: 3,
      },
    });
    expect(by('parley_authentications_total{surface="http",outcome="access.invalid"}')).toBe(1);
    expect(by("parley_envelope_bytes_total")).toBeGreaterThan(6);
    expect(by("parley_transaction_commands_count")).toBeGreaterThan(3);
    expect(by("parley_commit_seconds_count")).toBe(by("parley_transaction_seconds_count"));
    expect(after.values.get("parley_ready")).toBe(1);
    expect(after.values.get('parley_part_works{part="envelopes"}')).toBe(1);
    expect(after.values.get("parley_wal_bytes")).toBeGreaterThanOrEqual(0);
  });

  test("is well-formed in both forms, which say the same", async () => {
    const open = await scrape("application/openmetrics-text; version=1.0.0");
    expect(open.type).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
    const plain = await scrape();
    expect(plain.type).toBe("text/plain; version=0.0.4; charset=utf-8");
    const [one, other] = [readOpenMetrics(open.text), readPrometheus(plain.text)];
    expect([...one.families.keys()].sort()).toEqual([...other.families.keys()].sort());
  });
});
