/**
 * Whatever a request can name is named twice: once something that is hidden from whoever asks, once what nobody has. It
 * is the same answer, by the same statements in the same order, on every route that the broker describes.
 */
import type { SessionId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { Store, StoreAnswers, StoreQuestion } from "../../ledger/store.js";
import { type Described, describedRoutes } from "../testing/described.js";
import { addressOf, bodies, type Ids } from "../testing/hidden-world.js";
import { type Hiding, hidingOfThisTest, madeUp } from "../testing/hiding.js";
import { namings, needed, unasked } from "../testing/naming.js";
import { edgeOfThisTest } from "../testing/people.js";
import type { Person } from "../testing/person.js";
import type { Answer } from "../testing/speak.js";
import { type Asked, isOfCheckpoints, type Tracing, traceOfThisTest } from "../testing/traced.js";

interface Question {
  readonly what: string;
  ask(person: Person, ids: Ids): Promise<Asked>;
}

/** All that its path names, and, where it names two things, the second one in what is the caller's own or is seen. */
function* inPath({ name, method, path, parameters }: Described, own: Ids): Iterable<Question> {
  const [first = ""] = parameters;
  const headers = method === "PATCH" ? { "if-match": '"v1"' } : {};
  const asked = (of: (ids: Ids) => Ids) => async (person: Person, ids: Ids) => {
    const said = of(ids);
    const query = needed[name] ?? "";
    return {
      method,
      path: `${addressOf(path, said)}${query}`,
      body: await bodies[name]?.(person, said),
      headers,
    };
  };
  if (parameters.length > 0) yield { what: `${name} by its path`, ask: asked((ids) => ids) };
  if (parameters.length > 1)
    yield {
      what: `${name} by its path, in what is seen`,
      ask: asked((ids) => ({ ...ids, [first]: own[first] ?? "" })),
    };
}

function* besidesPath({ name, method, path }: Described, own: Ids): Iterable<Question> {
  for (const [field, asks] of Object.entries(namings[name] ?? {}))
    yield {
      what: `${name} by its ${field}`,
      async ask(person, ids) {
        const { query = {}, body, ifMatch } = await asks(person, ids, own);
        const search = new URLSearchParams(query).toString();
        const headers = ifMatch === undefined ? {} : { "if-match": ifMatch };
        return { method, path: `${addressOf(path, own)}${search && `?${search}`}`, body, headers };
      },
    };
}

const random = /\b[a-z]{3}_[0-7][0-9a-hjkmnp-tv-z]{25}\b|[A-Za-z0-9_-]{40,}|\d{4}-\d\d-\d\dT[\d:.]{8,12}Z/g;
const ofTheMinute = /^(?:date|dpop-nonce)$/i;

/** Everything of an answer but what was asked for, and what no two answers have in common; of these the length. */
function seen({ status, rawHeaders, text }: Answer, ids: Ids) {
  const stars = (found: string) => "*".repeat(found.length);
  const names = new Set([ids.operatorName, ids.agentName, ids.workgroupName, ids.contractName]);
  const masked = (value: string) =>
    value
      .replace(/(?<="name":"|"address":"acme\/)[^"]+/g, (found) => (names.has(found) ? stars(found) : found))
      .replace(random, stars);
  const headers = rawHeaders.map((value, at) =>
    at % 2 === 1 && ofTheMinute.test(rawHeaders[at - 1] ?? "") ? value.length : masked(value),
  );
  return { status, headers, text: masked(text) };
}

interface Had {
  readonly seen: ReturnType<typeof seen>;
  readonly statements: readonly string[];
}

interface Compared {
  readonly what: string;
  readonly hidden: Had;
  readonly absent: Had;
}

const roles = ["admin", "auditor", "enroller", "instance", "platform"] as const;
type Role = (typeof roles)[number];

const others = ["strangers", "neighbours"] as const;
const hiddenFrom: Readonly<Record<Role, readonly (keyof Hiding["hidden"])[]>> = {
  admin: others,
  auditor: others,
  enroller: ["strangers", "colleagues"],
  instance: [...others, "colleagues"],
  platform: ["strangers"],
};

async function compare(
  tracing: Tracing,
  { hidden, absent, people }: Hiding,
  role: Role,
  question: Question,
): Promise<readonly Compared[]> {
  const person = people[role];
  const ask = async (ids: Ids): Promise<Had> => {
    const { answer, statements } = await tracing.ask(person, await question.ask(person, ids));
    return { seen: seen(answer, ids), statements };
  };
  // What one has written (a refusal is enough) the next one may have to carry on: so each that is compared comes after
  // one of its kind.
  await ask(absent());
  const found: (readonly [who: string, had: Had])[] = [];
  for (const who of hiddenFrom[role]) found.push([who, await ask(hidden[who])]);
  const nobodys = await ask(absent());
  return found.map(([who, had]) => ({ what: `${question.what}, of ${who}`, hidden: had, absent: nobodys }));
}

const securedRoutes = async (edge: Hiding["edge"]) =>
  (await describedRoutes(edge)).filter(({ secured }) => secured);

async function compareAll(
  role: Role,
  routes: (route: Described) => boolean = () => true,
  between?: (store: Store) => Store,
): Promise<readonly Compared[]> {
  const tracing = traceOfThisTest(between);
  const hiding = await hidingOfThisTest({ store: tracing.store });
  const all: Compared[] = [];
  for (const route of (await securedRoutes(hiding.edge)).filter(routes)) {
    // The platform does see organisations.
    if (role === "platform" && route.path.startsWith("/v1/organisations")) continue;
    for (const question of [...inPath(route, hiding.own), ...besidesPath(route, hiding.own)])
      all.push(...(await compare(tracing, hiding, role, question)));
  }
  return all;
}

/** Where two lists begin to differ. */
function firstOf(hidden: readonly unknown[], absent: readonly unknown[]) {
  const longer = hidden.length > absent.length ? hidden : absent;
  const at = longer.findIndex((_each, index) => hidden[index] !== absent[index]);
  return at < 0 ? undefined : { at, hidden: hidden[at], absent: absent[at] };
}

const asList = ({ seen: { status, headers, text } }: Had) => [status, ...headers, text];

/** All of it is too much to read. */
const differing = (all: readonly Compared[]) =>
  all.flatMap(({ what, hidden, absent }) => {
    const first = firstOf(asList(hidden), asList(absent)) ?? firstOf(hidden.statements, absent.statements);
    return first === undefined ? [] : [{ what, ...first }];
  });

describe("the same statements run for what is hidden and for what is absent [API-4]", () => {
  test.each(roles)("whoever asks: %s", { timeout: 120_000 }, async (role) => {
    const all = await compareAll(role);
    expect(differing(all)).toEqual([]);
    // Nothing is refused for its form, before anything is looked up.
    expect(all.filter(({ hidden }) => hidden.seen.status === 400)).toEqual([]);
    expect(all.filter(({ hidden }) => hidden.statements.length === 0)).toEqual([]);
  });

  test("a lookup that answers early for what is absent is seen on every route that asks it", {
    timeout: 60_000,
  }, async () => {
    const all = await compareAll("admin", ({ path }) => path.startsWith("/v1/sessions/"), answeringEarly);
    expect(all.length).toBeGreaterThan(0);
    expect(differing(all).map(({ what }) => what)).toEqual(all.map(({ what }) => what));
    expect(all.map(({ hidden }) => hidden.seen)).toEqual(all.map(({ absent }) => absent.seen));
  });
});

/** Planted: whether there is such a session is looked up first, and only then whether the caller sees it. */
function answeringEarly(store: Store): Store {
  type Answer = <Q extends StoreQuestion>(question: Q) => StoreAnswers<Q> | Promise<StoreAnswers<Q>>;
  const early =
    (answer: Answer): Answer =>
    async (question) => {
      for (const [name, { find, by }] of Object.entries(question))
        if (find === "session") {
          const { there } = await answer({ there: { find: "sessionDue", by: { id: by.id as SessionId } } });
          const { [name]: _asked, ...others } = question;
          if (there === undefined) return answer(others as typeof question);
        }
      return answer(question);
    };
  return {
    async begin() {
      const transaction = await store.begin();
      return {
        answer: early((question) => transaction.answer(question)),
        append: (facts) => transaction.append(facts),
        change: (changes) => transaction.change(changes),
        putState: (state) => transaction.putState(state),
        commit: () => transaction.commit(),
        rollback: () => transaction.rollback(),
      };
    },
    read: early((question) => store.read(question)),
    readAside: (question) => store.readAside(question),
    get waitingBytes() {
      return store.waitingBytes;
    },
    watch: (wake) => store.watch(wake),
    dropDerived: () => store.dropDerived(),
    dumpDerived: () => store.dumpDerived(),
    close: () => store.close(),
  };
}

describe("what is asked", () => {
  test("is all that a route can name: in its path, its query and its body", async () => {
    const things = Object.keys(madeUp(0));
    for (const route of await securedRoutes(await edgeOfThisTest())) {
      expect(things, route.name).toEqual(expect.arrayContaining([...route.parameters]));
      expect(unasked(route), route.name).toEqual([]);
    }
  });

  test("is not taken as all when a route gets another field", () => {
    const route = { name: "addMember", method: "POST", path: "/", secured: true, parameters: [] };
    expect(unasked({ ...route, fields: ["agent", "wallet"] })).toEqual(["wallet"]);
    expect(unasked({ ...route, name: "addWallet", fields: ["agent"] })).toEqual(["agent"]);
  });
});

describe("what carries commits into the database is no answer to a question", () => {
  test.each([
    "PRAGMA wal_checkpoint(NOOP)",
    "PRAGMA wal_checkpoint(PASSIVE)",
    "PRAGMA wal_checkpoint(TRUNCATE)",
    "PRAGMA busy_timeout = ?",
  ])("%s", (statement) => expect(isOfCheckpoints(statement)).toBe(true));

  test.each([
    "BEGIN",
    "BEGIN IMMEDIATE",
    "COMMIT",
    'SELECT "id" FROM "sessions" WHERE "id" = ?',
    "PRAGMA synchronous",
    "PRAGMA wal_checkpoint(NOOP); SELECT ?",
  ])("%s is compared", (statement) => expect(isOfCheckpoints(statement)).toBe(false));
});
