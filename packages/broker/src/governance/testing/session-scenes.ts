/** Sessions in every state, and everybody who might ask something of them: for the table of states, commands, callers. */
import type { Acceptance, InstanceId, OperatorId, SessionId } from "@parley/protocol";
import type { Life, Session } from "../engagement-entities.js";
import { endingOf } from "../session/session-end.js";
import { acceptanceOf } from "./asked-sessions.js";
import * as cast from "./cast.js";
import * as city from "./city.js";
import { amend, type Scene, sceneOf, speakAs } from "./scene.js";
import { get, patch, put, type World } from "./world.js";

const { now } = cast;

/** `waiting` was accepted and the consumer has joined; `void` was active, and its consumer has lost the right to engage. */
export const states = ["proposed", "accepted", "waiting", "active", "closed", "void"] as const;
export type State = (typeof states)[number];

export const callers = {
  "consumer's holder": cast.scout1,
  "consumer's sibling": cast.scout2,
  "consumer's admin": cast.ada,
  "consumer's auditor": cast.auditor,
  "consumer's enroller": cast.enroller,
  "consumer's other agent": cast.miner1,
  "provider's instance": cast.north1,
  "provider's sibling": city.north2,
  "provider's admin": cast.bea,
  "stranger in the workgroup": city.drift1,
  "stranger's admin": city.dora,
  platform: cast.root,
} as const satisfies Readonly<Record<string, InstanceId | OperatorId>>;
export type CallerName = keyof typeof callers;

const ids: Readonly<Record<State, SessionId>> = {
  proposed: city.proposed,
  accepted: city.accepted,
  waiting: city.accepted,
  active: city.active,
  closed: cast.idOf("session", 4),
  void: cast.idOf("session", 5),
};

/** The only connection of an instance here, if it is one. */
export function socketOf(world: World, principal: string) {
  const connection = [...world.rows.connections.values()].find(({ instance }) => instance === principal);
  return connection === undefined
    ? null
    : { connection: connection.connection as typeof cast.scout1Connection, epoch: connection.epoch };
}

export function connect(world: World, instance: InstanceId): void {
  const { agent, organisation } = [...world.rows.instances.values()].find(({ id }) => id === instance) ?? {};
  if (!agent || !organisation) throw new RangeError(`${instance} is no instance here`);
  const connection = cast.idOf("connection", Number.parseInt(instance.slice(-2), 32));
  const row = {
    instance,
    agent,
    organisation,
    connection,
    epoch: 1,
    state: "open",
    changedAt: 0,
    goodbye: false,
  } as const;
  put(world, "connections", row);
}

/** A member of the workgroup who is no side of anything, and a connection for each instance. */
export function populate(world: World): void {
  const right = { offer: true, engage: true };
  put(world, "memberships", city.membershipRow(city.channel, city.drift, city.delta, right));
  for (const id of [cast.scout2, cast.miner1, city.north2, city.drift1]) connect(world, id);
}

const ending = endingOf("completed_by_consumer", cast.scout1);
const closedLife = {
  state: "closed",
  closedAt: now - 5_000,
  ending,
  acceptedAt: now - 30_000,
  acceptedBy: cast.north1,
  activeAt: now - 20_000,
} as const;

/** Who has accepted, where somebody has. */
const acceptedBy = { provider: cast.north1, operator: cast.bea, open: "broker" } as const;

type Kind = "session.accept" | "session.reject" | "session.withdraw" | "session.join" | "session.close";

export function sceneIn<K extends Kind>(
  kind: K,
  state: State,
  who: CallerName,
  acceptance: Acceptance = "provider",
): Scene<K> {
  const scene = sceneOf(kind);
  const { world } = scene;
  populate(world);
  const id = ids[state];
  const joined = { joinedAt: now - 20_000 };
  if (state === "closed")
    city.putSession(world, city.sessionRow(id, closedLife), { consumer: joined, provider: joined });
  if (state === "void") {
    city.putSession(world, city.sessionRow(id, city.lives.active));
    const key = { workgroup: city.channel, agent: cast.scout };
    patch(world, "memberships", key, { engageTakenAt: now - 1_000 });
  }
  if (state === "waiting") patch(world, "sides", { session: id, side: "consumer" }, joined);
  const { life } = get(world, "sessions", { id }) ?? { life: closedLife };
  const by = life.state === "proposed" ? {} : { acceptedBy: acceptedBy[acceptance] };
  const terms = { ...city.weatherTerms, acceptance };
  patch(world, "sessions", { id }, { terms, life: { ...life, ...by } as Life });
  const principal = callers[who];
  amend(scene, {
    session: id,
    statement: acceptanceOf(principal, id),
    socket:
      socketOf(world, principal) ??
      (kind === "session.join" ? { connection: "con_of_nobody", epoch: 1 } : null),
  } as unknown as Partial<Scene<K>["command"]>);
  speakAs(scene as unknown as Scene, principal);
  return scene;
}

interface Proposed {
  readonly proposal?: Session["proposal"];
  readonly n?: number;
}

/** A proposal of that agent which waits for an answer, beside those of the town. */
export function proposeAs(world: World, consumer: Session["consumer"], { proposal, n = 0 }: Proposed): void {
  const more = { consumer, proposal: proposal ?? cast.idOf("proposal", 20_000 + n) };
  city.putSession(world, city.sessionRow(cast.idOf("session", 20_000 + n), city.lives.proposed, more));
}

/** So many open sessions of an agent as consumer (as provider, for the town's provider), held by an instance. */
export function holdAs(
  world: World,
  agent: Session["consumer"],
  instance: InstanceId,
  count: number,
  from: number,
): void {
  const side = agent === cast.north ? "provider" : "consumer";
  for (let n = 0; n < count; n++) {
    // Under other contracts, so that nothing else is filled.
    const contract = cast.idOf("contract", from + n);
    const row = city.sessionRow(cast.idOf("session", from + n), city.lives.active, { contract });
    city.putSession(world, row, { [side]: { instance, boundAt: now - 30_000, joinedAt: now - 20_000 } });
  }
}
