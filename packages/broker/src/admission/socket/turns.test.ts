import { makeId } from "@parley/protocol";
import { expect, test } from "vitest";
import type { Command } from "../../governance/command.js";
import type { Relay } from "../../relay.js";
import { settled } from "./testing/stage.js";
import { type Turn, Turns } from "./turns.js";

const probe = (value: string): Command<"readiness.probe"> => ({
  kind: "readiness.probe",
  id: makeId("command"),
  value,
});

function scene() {
  const heard: string[] = [];
  const answers: (() => void)[] = [];
  const relay = (async (command: Command<"readiness.probe">) => {
    heard.push(command.value);
    await new Promise<void>((resolve) => answers.push(resolve));
    return { outcome: "accepted", answer: { before: command.value } };
  }) as unknown as Relay;
  return { heard, answers, turns: new Turns(relay) };
}

const ask = (turn: Turn, value: string) => turn.relay(probe(value));

test("commands go down the line in the order in which they came, whichever is read first", async () => {
  const { heard, turns } = scene();
  const [first, second, third] = [turns.take(), turns.take(), turns.take()];
  void ask(third, "third");
  void ask(second, "second");
  await settled();
  expect(heard).toEqual([]);
  void ask(first, "first");
  await settled();
  expect(heard).toEqual(["first", "second", "third"]);
});

test("nobody waits for another's answer", async () => {
  const { answers, turns } = scene();
  const [first, second] = [turns.take(), turns.take()];
  void ask(first, "first");
  const answered = ask(second, "second");
  await settled();
  answers[1]?.();
  expect(await answered).toMatchObject({ answer: { before: "second" } });
});

test("one that has nothing to ask lets the next one through, and may ask twice", async () => {
  const { heard, answers, turns } = scene();
  const [first, second] = [turns.take(), turns.take()];
  void ask(second, "second").then(() => ask(second, "again"));
  first.pass();
  await settled();
  answers[0]?.();
  await settled();
  expect(heard).toEqual(["second", "again"]);
});
