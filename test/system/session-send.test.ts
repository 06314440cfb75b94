/** A session held from the terminal, end to end: what is sent, answered, refused and read afterwards. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Agent, SessionView } from "@parley/agent-sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BrokerProcess, removeFolder, startBroker } from "../fixtures/broker-process.js";
import { type Seat, takeSeat } from "../fixtures/command-line.js";
import { openChannel, openPlatform, type Party } from "../fixtures/companies.js";

let broker: BrokerProcess;
let seat: Seat;
let provider: Agent;

/** An admin's identity, and an instance's, as profiles of this seat. */
async function sitDown({ company: { admin, name }, desk: { id } }: Party): Promise<void> {
  const invited = await admin.send({
    method: "POST",
    path: "/v1/operators",
    body: { name: "clerk", role: "auditor" },
  });
  const { token } = (invited.body as { token: { token: string } }).token;
  await seat.done(`init --broker ${broker.url} --token ${token} --profile ${name}`);
  const minted = await admin.send({ method: "POST", path: `/v1/agents/${id}/enrolment-tokens`, body: {} });
  const secret = (minted.body as { token: string }).token;
  await seat.done(`agent enrol --broker ${broker.url} --token ${secret} --profile ${name}-1`);
}

const terms = {
  acceptance: "open" as const,
  messageTypes: [
    { type: "markets.ask", from: "consumer" as const },
    { type: "markets.answer", from: "provider" as const },
  ],
  violationsAllowed: 1,
};

async function offer(name: string, contract: object): Promise<void> {
  await provider.advertise(name, {
    capabilities: [{ name: `markets.${name}` }],
    workgroups: ["markets-co/channel"],
    contract: { name, terms: { ...terms, ...contract } },
  });
}

beforeAll(async () => {
  broker = await startBroker();
  seat = takeSeat();
  const platform = await openPlatform(broker);
  const { offering, engaging } = await openChannel(platform, ["markets-co", "feed"], ["bank", "research"]);
  await sitDown(offering);
  await sitDown(engaging);
  provider = await offering.desk.connect();
  await offer("equity", {});
  await offer("slow", { maxEnvelopesPerMinute: 1 });
  await offer("asked", { acceptance: "provider" });
  await offer("silent", {});
  provider.serve("markets.equity", async (session) => {
    for await (const envelope of session)
      await session.reply(envelope, "markets.answer", { price: 7, of: envelope.json() });
  });
  provider.serve("markets.slow", async (session) => {
    for await (const envelope of session) await session.reply(envelope, "markets.answer", "once");
  });
});

afterAll(async () => {
  await provider.close();
  seat.leave();
  await broker.stop();
  removeFolder(broker.data);
});

const sessionIn = (notes: string): string => /ses_[0-9a-z]{26}/.exec(notes)?.[0] ?? "";

const ask = (...words: readonly string[]) =>
  seat.run(["session", "send", ...words, "--type", "markets.ask", "--as", "bank-1"]);
const listed = async (): Promise<SessionView[]> =>
  (JSON.parse(await seat.done("session list --json --as bank")) as { items: SessionView[] }).items;

test("one line holds a session: it is proposed, an envelope sent, the answer printed, and closed", async () => {
  const { code, out, notes } = await ask(
    "markets-co/equity",
    "--json",
    '{"ticker":"SPY"}',
    "--purpose",
    "brief",
  );
  expect([code, JSON.parse(out)]).toEqual([0, { price: 7, of: { ticker: "SPY" } }]);
  const id = sessionIn(notes);
  const shown = (await listed()).find((one) => one.id === id);
  expect(shown).toMatchObject({ purpose: "brief", closed: { reason: "completed_by_consumer" } });
  for (const reader of ["bank", "markets-co", "bank-1", "markets-co-1"]) {
    const lines = (await seat.done(`session transcript ${id} --as ${reader}`)).trimEnd().split("\n");
    const [first, ...rows] = lines.map((line) => line.split(/ {2,}/));
    expect(first).toEqual(["AT", "FROM", "N", "TYPE", "BYTES", "ID", "SAYS"]);
    const said = rows.filter(([, from]) => /[←→]/.test(from ?? "")).map(([, ...row]) => row.slice(0, 3));
    expect(said).toEqual([
      ["consumer →", "1", "markets.ask"],
      ["← provider", "1", "markets.answer"],
    ]);
    expect(rows.at(-1)?.at(-1)).toMatch(/^completed_by_consumer /);
  }
  const { items } = JSON.parse(await seat.done(`session transcript ${id} --json --as bank`));
  const sent = items.filter(({ kind }: { kind: string }) => kind === "session.sent");
  expect(sent.map(({ content }: { content: { seq: number } }) => content.seq)).toEqual([1, 2]);
  expect(JSON.stringify(items)).not.toContain("ticker");
});

test("a session that is kept open is gone on with, and a tail follows it to its end", async () => {
  const { code, notes } = await ask("markets-co/equity", "--text", '"first"', "--keep-open");
  expect(code).toBe(0);
  const id = sessionIn(notes);
  const tail = seat.begin(`session tail ${id} --every 1s --as bank`);
  await tail.says(/← provider +1 +markets\.answer/);
  // The same profile is free between two looks.
  expect((await seat.run("whoami --as bank")).code).toBe(0);
  const goesOn = await ask("--session", id, "--json", "2");
  expect([goesOn.code, JSON.parse(goesOn.out)]).toEqual([0, { price: 7, of: 2 }]);
  const ended = await tail.ended;
  expect(ended).toMatchObject({ code: 0, notes: "" });
  expect(ended.out.match(/consumer → +\d+/g)).toEqual(["consumer →  1", "consumer →  2"]);
  expect(ended.out.trimEnd().split("\n").at(-1)).toMatch(/\(closed\) .* completed_by_consumer/);
});

describe("what is refused is said with its rule, its figures, and what to do", () => {
  test("a type that the contract does not allow: a violation that both sides read", async () => {
    const { code, out, notes } = await seat.run(
      "session send equity --type markets.gossip --text x --as bank-1",
    );
    expect([code, out]).toEqual([1, ""]);
    expect(notes).toContain("(contract.violation)\n  rule: messageTypes\n  left: 1000 envelopes, ");
    expect(notes).toContain("messageTypes).\n");
    const read = await seat.done(`session transcript ${sessionIn(notes)} --as markets-co`);
    expect(read).toMatch(/consumer → +- +\(refused\) +- +env_\w+ +messageTypes violation 1\n/);
    expect(read).toMatch(/\(closed\) .* completed_by_consumer "refused: contract\.violation"/);
  });

  test("the rate: a session that is open stays so", async () => {
    const first = await ask("slow", "--text", "once", "--keep-open");
    expect([first.code, first.out]).toEqual([0, "once\n"]);
    const id = sessionIn(first.notes);
    const second = await ask("--session", id, "--text", "twice");
    expect(second.code).toBe(1);
    expect(second.notes).toMatch(
      /\(envelope\.rate\)\n {2}rule: .* limit: 1, used: 1, retry after \(ms\): \d+\n {2}left: /,
    );
    expect((await listed()).find((one) => one.id === id)?.state).toBe("active");
  });

  test("nobody who accepts: the proposal is taken back", async () => {
    const { code, notes } = await ask("markets-co/feed/asked", "--text", "x", "--wait", "1s");
    expect([code, notes]).toEqual([3, expect.stringContaining("it was not accepted within 1 s")]);
    const [newest] = await listed();
    expect(newest).toMatchObject({ capability: "markets.asked", closed: { reason: "withdrawn" } });
  });

  test("a broker that is gone: it is not waited for", async () => {
    const profile = (name: string) => join(seat.home, "profiles", `${name}.json`);
    const elsewhere = readFileSync(profile("bank-1"), "utf8").replaceAll(broker.url, "http://127.0.0.1:9");
    writeFileSync(profile("lost"), elsewhere, { mode: 0o600 });
    const { code, notes } = await seat.run("session send equity --type a.b --text x --as lost");
    expect([code, notes]).toEqual([
      3,
      expect.stringMatching(/^parley: .*127\.0\.0\.1:9.*\n.*`parley doctor`/),
    ]);
  });

  test("an operator holds no session", async () => {
    const { code, notes } = await seat.run("session send equity --type a.b --text x --as bank");
    expect([code, notes]).toEqual([2, expect.stringContaining("only instances connect")]);
  });
});

describe("whoever is asked to stop leaves nothing open", () => {
  const stopped = async (offered: string, isThere: (session: SessionView) => boolean) => {
    const going = seat.begin(`session send ${offered} --type markets.ask --text x --as bank-1`);
    let found: SessionView | undefined;
    while (found === undefined)
      found = (await listed()).find((one) => one.capability === `markets.${offered}` && isThere(one));
    going.child.kill("SIGINT");
    const { code } = await going.ended;
    return [code, (await listed()).find(({ id }) => id === found?.id)?.closed];
  };

  test("while it waits for an answer", async () => {
    const isSent = ({ consumer }: SessionView) => consumer.sent.envelopes === 1;
    const closed = { reason: "completed_by_consumer", detail: "given up" };
    expect(await stopped("silent", isSent)).toMatchObject([3, closed]);
  });

  test("while it waits for the acceptance", async () => {
    const isProposed = ({ state }: SessionView) => state === "proposed";
    expect(await stopped("asked", isProposed)).toMatchObject([3, { reason: "withdrawn" }]);
  });
});
