import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { processTerminal } from "./process-terminal.js";

function terminal(tty: boolean) {
  const stdin = Object.assign(new PassThrough(), { isTTY: tty });
  const stdout = new PassThrough();
  const stderr = Object.assign(new PassThrough(), { isTTY: tty });
  const asProcess = { stdin, stdout, stderr } as unknown as NodeJS.Process;
  return { stdin, stdout, stderr, terminal: processTerminal(asProcess) };
}

test.each([
  ["y\n", true],
  ["YES \n", true],
  ["\n", false],
  ["n\n", false],
  ["yesterday\n", false],
])("the answer %j is %s", async (typed, yes) => {
  const { stdin, stdout, stderr, terminal: ours } = terminal(true);
  const answered = ours.confirm("Do it?");
  stdin.write(typed);
  expect(await answered).toBe(yes);
  expect(String(stderr.read())).toContain("Do it? [y/N]");
  expect(stdout.read()).toBeNull();
});

test("the end of the input is a no, not a wait", async () => {
  const { stdin, terminal: ours } = terminal(true);
  const answered = ours.confirm("Do it?");
  stdin.end();
  expect(await answered).toBe(false);
});

test("answers and asides go their own ways", () => {
  const { stdout, stderr, terminal: ours } = terminal(false);
  ours.out("an answer");
  ours.note("an aside");
  expect([String(stdout.read()), String(stderr.read())]).toEqual(["an answer\n", "an aside\n"]);
  expect(ours.interactive).toBe(false);
});

test("a token is read from the whole input", async () => {
  const { stdin, terminal: ours } = terminal(false);
  stdin.end("secret\n");
  expect(await ours.readInput()).toBe("secret\n");
});
