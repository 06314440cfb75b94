/** `parley session transcript` and `tail`: what people and scripts read of a session. */
import { type Ask, ParleyFault } from "@parley/agent-sdk";
import { makeId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { refusal, run } from "./testing/desk.js";
import { session } from "./testing/engagement-views.js";
import { instance, operator, page } from "./testing/views.js";

const path = `GET /v1/sessions/${session.id}/transcript`;
const at = "2026-01-05T09:00:00.000Z";
const digest = "d".repeat(43);
const named = { workgroup: session.workgroup, advertisement: session.advertisement };
const terms = { contract: session.contract, termsDigest: digest };
const last = { accepted: 1, handed: 1, acknowledged: 0 };

const item = (position: number, kind: string, content: object | null) => ({ position, at, kind, content });
const proposed = item(1, "session.proposed", {
  ...{ instance: instance.id, ...named, ...terms, capability: "markets.equity" },
  ...{ purpose: "morning brief", wouldRefuse: [] },
});
const envelope = (
  n: number,
  side: "consumer" | "provider",
  type = "markets.ask",
  wouldRefuse: object[] = [],
) => {
  const id = makeId("envelope");
  return {
    ...{ side, instance: instance.id, n, seq: n, id, type, wouldRefuse },
    header: { session: session.id, id, type },
    ...{ bytes: 120, payload: digest, payloadBytes: 20 },
  };
};
const sent = (position: number, ...of: Parameters<typeof envelope>) =>
  item(position, "session.sent", envelope(...of));
const refused = item(4, "session.violated", {
  ...{ side: "provider", instance: instance.id, envelope: makeId("envelope") },
  ...{ rule: "maxEnvelopes", limit: 2, used: 2, violations: 1 },
});
const closed = item(9, "session.closed", {
  ...{ by: operator.id, reason: "operator_closed", detail: "enough" },
  ...{ side: null, rule: null, limit: null, used: null, sides: { consumer: last, provider: last } },
});

const transcript = (options: Parameters<typeof run>[1], line = "") =>
  run(`session transcript ${session.id}${line}`, options);
const cells = (text: string): string[][] => text.split("\n").map((row) => row.split(/ {2,}/));

/** One page for each question, by its cursor. */
const paged =
  (pages: Readonly<Record<string, object>>) =>
  ({ query }: Ask): object =>
    pages[String(query?.cursor ?? "")] ?? page();

describe("a transcript", () => {
  test("is a table: when, whose, which, how long, and what was refused, and how it ended", async () => {
    const mark = { rule: "maxEnvelopes", at: "envelope", limit: 1, used: 1 };
    const reply = page(
      proposed,
      sent(2, 1, "consumer"),
      sent(3, 1, "provider", "markets.answer", [mark]),
      refused,
      closed,
    );
    const { out, notes, code } = await transcript({ replies: { [path]: reply } });
    const [head, ...rows] = cells(out);
    expect(head).toEqual(["AT", "FROM", "N", "TYPE", "BYTES", "ID", "SAYS"]);
    expect(rows.map(([, ...row]) => row.filter((cell) => !/^env_/.test(cell)).join("|"))).toEqual([
      `consumer|-|(proposed)|-|-|markets.equity "morning brief" (${instance.id})`,
      "consumer →|1|markets.ask|120|-",
      "← provider|1|markets.answer|120|would be refused: maxEnvelopes (limit 1, used 1)",
      "← provider|-|(refused)|-|maxEnvelopes (limit 2, used 2) violation 1",
      `-|-|(closed)|-|-|operator_closed "enough" (${operator.id})`,
    ]);
    expect([notes, code]).toEqual(["", 0]);
  });

  test("is the whole session, over all pages, under one head", async () => {
    const pages = paged({
      "": { items: [proposed, sent(2, 1, "consumer")], nextCursor: "next" },
      next: { items: [sent(2, 2, "consumer", "markets.very.long.type"), closed], nextCursor: null },
    });
    const { out, asked } = await transcript({ replies: { [path]: pages } });
    expect(out.split("\n").map((row) => row.slice(0, 2))).toEqual(["AT", ...Array(4).fill("20")]);
    expect(asked.map(({ query }) => query)).toMatchObject([{ limit: 200 }, { cursor: "next" }]);
  });

  test("is one document with --json, however many pages, as REST answers one", async () => {
    const pages = paged({
      "": { items: [{ ...proposed, later: true }], nextCursor: "next" },
      next: { items: [closed], nextCursor: null },
    });
    const { out } = await transcript({ replies: { [path]: pages } }, " --json");
    expect(JSON.parse(out)).toEqual({ items: [{ ...proposed, later: true }, closed], nextCursor: null });
    const none = await transcript({ replies: { [path]: page() } }, " --json");
    expect(JSON.parse(none.out)).toEqual(page());
  });

  test("shows what is gone as gone", async () => {
    const reply = page({ ...proposed, content: null }, item(2, "session.sent", null), {
      ...closed,
      content: null,
    });
    const rows = cells((await transcript({ replies: { [path]: reply } })).out);
    expect(rows.slice(1).map((row) => [row[3], row.at(-1)])).toEqual([
      ["(proposed)", "(erased)"],
      ["(sent)", "(erased)"],
      ["(closed)", "(erased)"],
    ]);
  });

  test("of a session that goes on says how to follow it", async () => {
    const { notes } = await transcript({ replies: { [path]: page(proposed) } });
    expect(notes).toContain(`parley session tail ${session.id}`);
  });

  test("of what is not seen is refused", async () => {
    expect(await transcript({})).toMatchObject({ code: 1, out: "" });
  });
});

describe("a tail", () => {
  /** Each look finds the next of these; the pauses in between take no time. */
  function looks(...found: readonly (object | Error)[]) {
    let next = 0;
    const pauses: number[] = [];
    const replies = { [path]: () => found[next++] ?? refusal({ code: "broker.fault" }) };
    return { replies, pauses, pause: async (seconds: number) => void pauses.push(seconds) };
  }
  const tail = (options: Parameters<typeof run>[1], line = "") =>
    run(`session tail ${session.id}${line}`, options);
  const positions = (out: string) =>
    cells(out)
      .slice(1)
      .map(([, , n, type]) => `${type} ${n}`);

  test("says what there is and what comes, each once, until the session is closed", async () => {
    const scene = looks(page(proposed, sent(2, 1, "consumer")), page(), page(sent(3, 1, "provider"), closed));
    const { out, code, asked, closed: times } = await tail(scene);
    expect(positions(out)).toEqual(["(proposed) -", "markets.ask 1", "markets.ask 1", "(closed) -"]);
    expect(asked.map(({ query }) => query?.after)).toEqual([undefined, 2, 2]);
    // Between two looks the profile is free.
    expect([code, scene.pauses, times]).toEqual([0, [2, 2], 3]);
  });

  test("goes on after trouble where it was, within a segment too", async () => {
    const first = { items: [proposed, sent(2, 1, "consumer")], nextCursor: "next" };
    const away = new ParleyFault("the broker is away", "later");
    const scene = looks(first, away, away, page(sent(2, 1, "consumer"), sent(2, 2, "consumer"), closed));
    // Trouble at the very first look is no tail; so it comes within the first.
    const ran = await tail({ ...scene, replies: { [path]: scene.replies[path] } });
    expect(ran).toMatchObject({ code: 3 });
    const again = looks(
      page(proposed),
      first,
      away,
      away,
      page(sent(2, 1, "consumer"), sent(2, 2, "consumer"), closed),
    );
    const { out, notes, asked } = await tail(again, " --every 5s");
    expect(positions(out)).toEqual(["(proposed) -", "markets.ask 1", "markets.ask 2", "(closed) -"]);
    expect(asked.map(({ query }) => query?.after)).toEqual([undefined, 1, 1, 1, 1]);
    expect(notes).toBe("trouble: the broker is away");
    expect(again.pauses).toEqual([5, 5, 5]);
  });

  test("ends with what does not pass", async () => {
    const scene = looks(page(proposed), refusal({ code: "identity.revoked" }));
    expect(await tail(scene)).toMatchObject({ code: 1 });
  });

  test("ends when one asks it to, and that is no failure", async () => {
    const stop = new AbortController();
    const pause = async () => stop.abort();
    const ran = await tail({ ...looks(page(proposed)), pause, stop: stop.signal });
    expect([ran.code, positions(ran.out)]).toEqual([0, ["(proposed) -"]]);
  });

  test("is one item on each line with --json", async () => {
    const { out } = await tail(looks(page(proposed), page(closed)), " --json");
    expect(out.split("\n").map((line) => JSON.parse(line))).toEqual([proposed, closed]);
  });
});
