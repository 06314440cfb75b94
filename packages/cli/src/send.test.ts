/** `parley session send`: what is asked of the session, what is printed, and how it ends when something goes wrong. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Ask, RequestTimedOut, SessionEnded } from "@parley/agent-sdk";
import { makeId } from "@parley/protocol";
import { describe, expect, onTestFinished, test } from "vitest";
import { type DeskOptions, refusal, run } from "./testing/desk.js";
import { advertisement, item, session } from "./testing/engagement-views.js";
import { engagement, received, type TalkOptions, talks } from "./testing/talks.js";
import { page } from "./testing/views.js";

const adv = advertisement.id;
const other = {
  ...item,
  advertisement: makeId("advertisement"),
  organisation: { ...item.organisation, name: "x" },
};

async function send(
  line: readonly string[],
  of: Omit<TalkOptions, "speaker"> & { readonly found?: readonly object[] } = {},
  options: DeskOptions = {},
) {
  const asked: Ask[] = [];
  const { found = [item, other], ...talking } = of;
  const speaker: TalkOptions["speaker"] = {
    async send(ask) {
      asked.push(ask);
      return { status: 200, body: ask.path === "/v1/catalog" ? page(...found) : advertisement };
    },
  };
  const { connect, done } = talks({ ...talking, speaker });
  const ran = await run(["session", "send", "--type", "markets.ask", ...line], { connect, ...options });
  return { ...ran, asked, done };
}

test("proposes, sends, prints the answer, and closes", async () => {
  const words = [adv, "--json", '{"big":12345678901234567890}', "--purpose", "brief", "--as", "desk"];
  const { out, notes, code, done } = await send(words);
  expect(done).toEqual([
    ["connect", "desk"],
    [...engagement, "brief"],
    // As it was typed: no number is rounded on the way.
    ["request", "markets.ask", '{"big":12345678901234567890}', "application/json"],
    ["close"],
    ["disconnect"],
  ]);
  expect([out, code]).toEqual(['{\n  "price": 7\n}', 0]);
  expect(notes).toContain(`${session.id} with markets-co/equity-feed is active.`);
  expect(notes).toContain(`parley session transcript ${session.id} --as desk`);
});

describe("an offer goes by", () => {
  test.each(["markets-co/equities", "markets-co/equity-feed/equities"])(
    "what the catalog shows: %s",
    async (name) => {
      const { done, asked } = await send([name, "--text", "hi"]);
      expect(asked.map(({ path }) => path)).toEqual(["/v1/catalog", `/v1/advertisements/${adv}`]);
      expect(done[1]).toEqual([...engagement, undefined]);
    },
  );

  test("its name alone, while nothing else has it", async () => {
    expect((await send(["equities", "--text", "hi"], { found: [item, item] })).code).toBe(0);
    const { code, notes, done } = await send(["equities", "--text", "hi"]);
    expect([code, done.map(([what]) => what)]).toEqual([2, ["connect", "disconnect"]]);
    expect(notes).toContain(`x/equity-feed/equities (${other.advertisement})`);
  });

  test("no name that nothing has", async () => {
    const { code, notes } = await send(["y/equities", "--text", "hi"]);
    expect([code, notes]).toEqual([1, expect.stringContaining('nothing called "y/equities"')]);
  });
});

describe("what is sent", () => {
  const sentWith = async (line: readonly string[], options?: DeskOptions) =>
    (await send([adv, ...line], {}, options)).done.find(([what]) => what === "request")?.slice(2);

  test.each<readonly [string, readonly string[], readonly unknown[]]>([
    ["JSON", ["--json", "-5"], ["-5", "application/json"]],
    ["JSON, said otherwise", ["--payload", "[1]"], ["[1]", "application/json"]],
    ["text", ["--text", "hé"], ["hé", "text/plain; charset=utf-8"]],
    ["text of another type", ["--text", "a,b", "--content-type", "text/csv"], ["a,b", "text/csv"]],
    ["standard input", [], ["from a pipe", undefined]],
    ["standard input, said so", ["--file", "-"], ["from a pipe", undefined]],
  ])("is %s", async (_what, line, expected) => {
    expect(await sentWith(line, { input: "from a pipe" })).toEqual(expected);
  });

  test("is a file, as it is", async () => {
    const folder = mkdtempSync(join(tmpdir(), "parley-send-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "ask.json");
    writeFileSync(file, '{ "a": 1 }\n');
    expect(await sentWith(["--file", file])).toEqual(['{ "a": 1 }\n', "application/json"]);
  });

  test.each<readonly [string, readonly string[], string]>([
    ["no JSON", ["--json", "{a}"], "is not JSON"],
    ["two things", ["--json", "1", "--text", "b"], "give one of them"],
    ["a file that is not there", ["--file", "/nowhere/x"], "cannot be read"],
    ["nothing, on a terminal", [], "what is to be sent?"],
  ])("is not %s: nothing is begun", async (_what, line, says) => {
    const { code, done, notes } = await send([adv, ...line], {}, { interactive: true });
    expect([code, done]).toEqual([2, []]);
    expect(notes).toContain(says);
  });
});

describe("the answer", () => {
  const answered = async (payload: string | Uint8Array, ...line: readonly string[]) =>
    send([adv, "--text", "hi", ...line], { answer: received(payload) });

  test("that is text is printed with nothing that a terminal would obey", async () => {
    expect((await answered("one\u001b[2J\ntwo\n")).out).toBe("one\ufffd[2J\ntwo");
  });

  test.each<readonly [string, string | Uint8Array]>([
    ["3 bytes that are no text", new Uint8Array([0xff, 0xfe, 0x00])],
    ["no payload", ""],
  ])("with %s is told on the side", async (says, payload) => {
    const { out, notes } = await answered(payload);
    expect([out, notes]).toEqual(["", expect.stringContaining(says)]);
  });

  test("is given as it is with --raw", async () => {
    expect((await answered(new Uint8Array([0xff, 0x00]), "--raw")).out).toBe("\u00ff\u0000");
  });

  test.each<readonly [string | Uint8Array, object]>([
    ['{"price":7}', { payload: { price: 7 } }],
    ["seven", { text: "seven" }],
    [new Uint8Array([0xff]), { base64: "/w==" }],
  ])("is one object with --json alone", async (payload, said) => {
    const { out, notes } = await answered(payload, "--json");
    expect(JSON.parse(out)).toMatchObject({
      session: session.id,
      answer: { type: "markets.answer", ...said },
    });
    expect(notes).toBe("");
  });

  test("is not waited for where none is wanted, and what is left is said", async () => {
    const { done, notes, out } = await send([adv, "--text", "hi", "--no-answer"]);
    expect(done.map(([what]) => what)).toEqual(["connect", "engage", "send", "close", "disconnect"]);
    expect([out, notes]).toEqual(["", expect.stringContaining("(n 3, position 9); left: 7 envelopes, 2 s")]);
  });
});

describe("a session", () => {
  test("that is kept open is not closed, and how to go on is said", async () => {
    const { done, notes } = await send([adv, "--text", "hi", "--keep-open", "--as", "desk"]);
    expect(done.map(([what]) => what)).toEqual(["connect", "engage", "request", "disconnect"]);
    expect(notes).toMatch(new RegExp(`parley session send --session ${session.id} .* --as desk`));
  });

  test("that is open is gone on with, and closed with the answer", async () => {
    const { done } = await send(["--session", session.id, "--text", "hi"]);
    expect(done.map(([what]) => what)).toEqual(["connect", "resume", "request", "close", "disconnect"]);
  });

  test.each<readonly [readonly string[]]>([[[]], [[adv, "--session", session.id]], [["--session", "x"]]])(
    "is one or the other: %j",
    async (line) => {
      expect(await send([...line, "--text", "hi"])).toMatchObject({ code: 2, done: [] });
    },
  );
});

describe("when the broker says no", () => {
  const left = { envelopes: 9, bytes: 800, milliseconds: 60_000 };
  const no = Object.assign(
    refusal({ code: "envelope.rate", rule: "maxEnvelopesPerMinute", limit: 1, used: 1, retryAfterMs: 900 }),
    { left },
  );

  test("the code, the rule, the figures, what is left and what to do are told, and the session is closed", async () => {
    const { done, notes, code } = await send([adv, "--text", "hi"], { answer: no });
    expect([code, done.at(-2)]).toEqual([1, ["close", "refused: envelope.rate"]]);
    expect(notes.split("\n").slice(-4)).toEqual([
      "parley: refused: More envelopes in a minute than the contract allows (envelope.rate)",
      "  rule: maxEnvelopesPerMinute, limit: 1, used: 1, retry after (ms): 900",
      "  left: 9 envelopes, 800 bytes, 60 s",
      "  Nothing was used up: try again when that time has passed.",
    ]);
  });

  test.each([
    ["--session", session.id],
    [adv, "--keep-open"],
  ])("a session that is somebody's to keep stays open: %s %s", async (...line) => {
    const { done } = await send([...line, "--text", "hi"], { answer: no });
    expect(done.map(([what]) => what)).not.toContain("close");
  });

  test("a script reads it as one object", async () => {
    const { notes } = await send([adv, "--text", "hi", "--json"], { answer: no });
    expect(JSON.parse(notes)).toMatchObject({ code: "envelope.rate", left, retryAfterMs: 900 });
  });

  test("a proposal that is rejected is 1, with why", async () => {
    const engaged = new SessionEnded(session.id as SessionEnded["session"], {
      reason: "rejected",
      detail: "not you",
    });
    const { code, notes, done } = await send([adv, "--text", "hi"], { engaged });
    expect([code, done.at(-1)]).toEqual([1, ["disconnect"]]);
    expect(notes).toContain("the session ended: rejected (not you)");
    expect(notes).toContain(`parley session transcript ${session.id}`);
  });

  test("and when nobody answers in time, it is 3", async () => {
    const answer = new RequestTimedOut(makeId("envelope"), "markets.ask", 30_000);
    const { code, notes, done } = await send([adv, "--text", "hi", "--timeout", "30s"], { answer });
    expect([code, done.at(-2)]).toEqual([3, ["close", "given up"]]);
    expect(notes).toContain("no answer came within 30 s");
  });
});
