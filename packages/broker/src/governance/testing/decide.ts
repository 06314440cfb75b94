/** Drives `govern` over a world: what it came to, what it asked on the way, and what follows from it. */
import { project } from "../../ledger/projection.js";
import type { Command, CommandAnswers, CommandKind } from "../command.js";
import type { NewFact } from "../fact.js";
import { govern } from "../govern.js";
import type { PayloadChange } from "../session/payload-changes.js";
import type { Verdict } from "../verdict.js";
import { type Scene, sceneOf } from "./scene.js";
import { answerFrom, change, type World } from "./world.js";

export interface Decided<K extends CommandKind = CommandKind> {
  readonly verdict: Verdict<CommandAnswers[K]>;
  /** The names of what was looked up, and by which nulls: one list for each question, in its order. */
  readonly asked: readonly (readonly string[])[];
}

/** A null asks for other rows than any value does: the platform's, or everybody's. */
const nullsOf = (by: object): string =>
  Object.entries(by)
    .flatMap(([name, value]) => (value === null ? [` ${name} null`] : []))
    .join("");

export function decide<K extends CommandKind>(world: World, command: Command<K>, now: number): Decided<K> {
  const deciding = govern(command, now);
  const asked: string[][] = [];
  let step = deciding.next();
  while (!step.done) {
    asked.push(
      Object.entries(step.value).map(([name, lookup]) => `${name}:${lookup.find}${nullsOf(lookup.by)}`),
    );
    step = deciding.next(answerFrom(world, step.value));
  }
  return { verdict: step.value, asked };
}

/** What the ledger would do with it: facts are projected as they are when they are read back. */
export function apply(world: World, { facts, work, payloads }: Verdict, at: number): void {
  for (const fact of facts) {
    const { stream, kind, content } = JSON.parse(JSON.stringify(fact)) as NewFact;
    if (kind === "era.began") world.era = content.data.era;
    const position = (world.positions.get(stream) ?? 0) + 1;
    world.positions.set(stream, position);
    if (kind === "session.sent") world.sent.set(`${content.data.session} ${position}`, content.data);
    change(world, project({ kind, stream, position, at, content } as Parameters<typeof project>[0]));
  }
  change(world, work);
  for (const one of payloads) keep(world, one);
}

function keep({ payloads }: World, change: PayloadChange): void {
  const { session, side, n } = change;
  const name = `${session} ${side} ${n}`;
  const row = payloads.get(name);
  if (change.do === "erase") payloads.delete(name);
  else if (change.do === "trim")
    row && payloads.set(name, { ...row, trimmed: change.trimmed, count: change.count });
  else payloads.set(name, { session, side, n, count: change.places.length, trimmed: 0 });
}

/** Decides and applies: the next decision finds what this one left. */
export function settle<K extends CommandKind>(
  world: World,
  command: Command<K>,
  now: number,
): Verdict<CommandAnswers[K]> {
  const { verdict } = decide(world, command, now);
  apply(world, verdict, now);
  return verdict;
}

/** What becomes of the well-formed command of this kind, after a test has changed the scene. */
export function verdictOf<K extends CommandKind>(
  kind: K,
  tune: (scene: Scene<K>) => void = () => undefined,
): Verdict<CommandAnswers[K]> {
  const scene = sceneOf(kind);
  tune(scene);
  return decide(scene.world, scene.command, scene.now).verdict;
}
