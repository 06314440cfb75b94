import { expect, test } from "vitest";
import * as cast from "../governance/testing/cast.js";
import * as city from "../governance/testing/city.js";
import { knownOf, OpenSessions } from "./open-sessions.js";
import { sessionNumbered } from "./testing/scenes.js";

const { north1, scout1 } = cast;
const { north2 } = city;

function known(number: number, joinedAt: number | null = null) {
  const session = sessionNumbered(number);
  const consumer = city.sideRow(session, "consumer", { joinedAt });
  return knownOf({ session, consumer, provider: city.sideRow(session, "provider") });
}

const joins = (session: ReturnType<typeof known>, instance: typeof north1) =>
  ({
    kind: "session.joined",
    data: { session: session.id, side: "provider", instance, boundAt: cast.now, joinedAt: cast.now },
  }) as const;

test("what an instance holds is counted as sides are joined, handed over, and left", () => {
  const sessions = new OpenSessions();
  const [one, two] = [known(1), known(2, cast.now)];
  sessions.remember(one);
  sessions.remember(two);
  const held = () => [scout1, north1, north2].map((instance) => sessions.heldBy(instance));
  expect(held()).toEqual([1, 0, 0]);
  sessions.learn(one, joins(one, north1));
  sessions.learn(two, joins(two, north1));
  expect(held()).toEqual([1, 2, 0]);
  sessions.learn(one, joins(one, north2));
  expect(held()).toEqual([1, 1, 1]);
  sessions.forget(two.id);
  sessions.forget(two.id);
  expect(held()).toEqual([0, 0, 1]);
  sessions.remember(one);
  expect(held()).toEqual([0, 0, 1]);
});

test("beyond its bound the oldest is forgotten, with what was held in it", () => {
  const sessions = new OpenSessions(2);
  const all = [known(1, cast.now), known(2), known(3)];
  for (const one of all) sessions.remember(one);
  expect(all.map(({ id }) => sessions.get(id)?.id)).toEqual([undefined, all[1]?.id, all[2]?.id]);
  expect(sessions.heldBy(scout1)).toBe(0);
});

test("an acceptance that is told late does not take back who has joined since", () => {
  const sessions = new OpenSessions();
  const one = known(1);
  sessions.remember(one);
  sessions.learn(one, joins(one, north2));
  const life = city.lives.accepted;
  const data = { session: one.id, life, statement: null, instance: null, wouldRefuse: [], stated: {} };
  sessions.learn(one, { kind: "session.accepted", data });
  expect(one.provider).toMatchObject({ instance: north2, joined: true });
});
