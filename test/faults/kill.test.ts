/**
 * The whole broker under kill -9: several clients write over REST until it dies in the middle, and what they were told
 * is kept outside. Then somebody else reads the record and compares.
 */
import { randomInt } from "node:crypto";
import { afterAll, expect, test } from "vitest";
import { type BrokerProcess, removeFolder, startAgain, startBroker } from "../fixtures/broker-process.js";
import { type Answer, jsonOf, NoAnswer } from "../fixtures/exchange.js";
import { enrol, type Principal } from "../fixtures/principal.js";
import { type Fact, flawIn, readFacts } from "../fixtures/record.js";
import { enrolPlatform, makeAgent, makeOperator, makeOrganisation, mintFor } from "../fixtures/world.js";
import { pseudoRandom } from "./pseudo-random.js";

const seed = Number(process.env.PARLEY_SEED ?? randomInt(2 ** 31));
const random = pseudoRandom(seed);
const rounds = 8;
const writers = 4;
const revocationsPerRound = 6;

/** What one client knows of one request: what it was told, or that it was told nothing. */
interface Told {
  readonly name: string;
  readonly answer: Answer | "nothing";
}
interface History {
  readonly created: Told[];
  readonly revoked: Told[];
}

async function told(name: string, asking: Promise<Answer>): Promise<Told> {
  try {
    return { name, answer: await asking };
  } catch (error) {
    if (error instanceof NoAnswer) return { name, answer: "nothing" };
    throw error;
  }
}

const creating = (by: Principal, name: string): Promise<Answer> =>
  by.post(
    "/v1/agents",
    { name, owner: "ops", tags: { made: name } },
    { "idempotency-key": `create-${name}` },
  );

/** Writes until nothing comes back any more. */
async function write(admin: Principal, history: History, prefix: string, toRevoke: string[]): Promise<void> {
  for (let at = 0; ; at++) {
    const instance = at % 3 === 2 ? toRevoke.pop() : undefined;
    const name = instance ?? `${prefix}-${at}`;
    const asked = instance === undefined ? creating(admin, name) : admin.post(`/v1/instances/${name}/revoke`);
    const entry = await told(name, asked);
    (instance === undefined ? history.created : history.revoked).push(entry);
    if (entry.answer === "nothing") return;
  }
}

async function listAll(
  reader: Principal,
  path: string,
): Promise<{ id: string; name: string; standing: string }[]> {
  const items: { id: string; name: string; standing: string }[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const more: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const page: { items: typeof items; nextCursor: string | null } = jsonOf(
      await reader.get(`${path}?limit=200${more}`),
    );
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}

const subjects = (facts: readonly Fact[], kind: string): string[] =>
  facts.flatMap((fact) => (fact.kind === kind && fact.content ? [fact.content.subject] : []));

interface Known {
  readonly organisation: Principal;
  readonly reader: Principal;
  readonly workers: string;
  readonly history: History;
}

async function compareCreations({ reader, history, workers }: Known, facts: readonly Fact[]): Promise<void> {
  const listed = await listAll(reader, "/v1/agents");
  const idOf = new Map(listed.map(({ name, id }) => [name, id]));
  for (const { name, answer } of history.created) {
    if (answer === "nothing") continue;
    expect(answer.status).toBe(201);
    expect(idOf.get(name)).toBe(jsonOf(answer).id);
  }
  // Nothing that nobody sent, nothing twice, and no thing without its fact or fact without its thing.
  const sent = new Set(history.created.map(({ name }) => name));
  expect(listed.filter(({ name, id }) => !sent.has(name) && id !== workers)).toEqual([]);
  expect(subjects(facts, "agent.created").sort()).toEqual(listed.map(({ id }) => id).sort());
}

async function compareRevocations(
  { reader, history, workers }: Known,
  facts: readonly Fact[],
): Promise<void> {
  const instances = await listAll(reader, `/v1/agents/${workers}/instances`);
  const gone = instances.filter(({ standing }) => standing === "revoked").map(({ id }) => id);
  const answered = history.revoked.filter(({ answer }) => answer !== "nothing").map(({ name }) => name);
  for (const { answer } of history.revoked) expect(answer === "nothing" ? 200 : answer.status).toBe(200);
  expect(gone).toEqual(expect.arrayContaining(answered));
  const asked = new Set(history.revoked.map(({ name }) => name));
  expect(gone.filter((id) => !asked.has(id))).toEqual([]);
  expect(subjects(facts, "instance.revoked").sort()).toEqual(gone.sort());
}

/** Whoever was told nothing asks again: the same thing, made once. */
async function askAgain({ organisation, reader, history }: Known): Promise<void> {
  const before = new Map((await listAll(reader, "/v1/agents")).map(({ name, id }) => [name, id]));
  for (const entry of history.created.filter(({ answer }) => answer === "nothing")) {
    const answer = await creating(organisation, entry.name);
    expect(answer.status).toBe(201);
    const { id } = jsonOf<{ id: string }>(answer);
    expect(before.get(entry.name) ?? id).toBe(id);
    history.created[history.created.indexOf(entry)] = { name: entry.name, answer };
  }
  for (const entry of history.revoked.filter(({ answer }) => answer === "nothing")) {
    const answer = await organisation.post(`/v1/instances/${entry.name}/revoke`);
    expect(answer.status).toBe(200);
    history.revoked[history.revoked.indexOf(entry)] = { name: entry.name, answer };
  }
}

async function compare(known: Known): Promise<void> {
  const facts = await readFacts(known.reader);
  expect(flawIn(facts)).toBeUndefined();
  await compareCreations(known, facts);
  await compareRevocations(known, facts);
  await askAgain(known);
}

let broker: BrokerProcess | undefined;
afterAll(async () => {
  broker?.signal("SIGKILL");
  await broker?.ended;
  if (broker !== undefined) removeFolder(broker.data);
});

test(`what was acknowledged survives kill -9, and what was not is there wholly or not at all (seed ${seed})`, async () => {
  broker = await startBroker();
  const { admin } = await makeOrganisation(await enrolPlatform(broker), "killed");
  const reader = await makeOperator(admin, "reader", "auditor");
  const workers = await makeAgent(admin, "workers");
  const known: Known = { organisation: admin, reader, workers, history: { created: [], revoked: [] } };
  for (let round = 0; round < rounds; round++) {
    const { token } = await mintFor(admin, workers, { uses: revocationsPerRound });
    const toRevoke: string[] = [];
    while (toRevoke.length < revocationsPerRound) toRevoke.push((await enrol(broker, token)).id);
    const writing = Array.from({ length: writers }, (_, at) =>
      write(admin, known.history, `r${round}-w${at}`, toRevoke),
    );
    const dying = broker;
    const kill = setTimeout(() => dying.signal("SIGKILL"), 20 + random() * 300);
    await Promise.all(writing);
    clearTimeout(kill);
    expect(await dying.ended).toEqual({ code: null, signal: "SIGKILL" });
    broker = await startAgain(dying);
    await compare(known);
  }
  // A test in which nothing was answered, or nothing was cut off, has shown nothing.
  const { created, revoked } = known.history;
  expect(created.length).toBeGreaterThan(rounds * writers);
  expect(revoked.length).toBeGreaterThan(rounds);
  await broker.stop();
});
