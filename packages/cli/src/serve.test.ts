import { expect, test } from "vitest";
import { Complaint } from "./complaint.js";
import type { Outside } from "./invocation.js";
import { type Broker, serve } from "./serve.js";

interface World {
  readonly outside: Outside;
  readonly stop: AbortController;
  readonly notes: string[];
}

function world(interactive = false): World {
  const stop = new AbortController();
  const notes: string[] = [];
  const terminal = {
    out: () => undefined,
    note: (text: string) => notes.push(text),
    interactive,
    confirm: async () => false,
    readInput: async () => "",
    readBytes: async () => new Uint8Array(),
    write: () => undefined,
    async *input() {
      yield Buffer.from("");
    },
  };
  const signIn = async () => {
    throw new Error("serve signs in nowhere");
  };
  const pause = async () => undefined;
  const exit = () => undefined;
  return {
    outside: {
      terminal,
      env: { PARLEY_DATA: "here" },
      stop: stop.signal,
      signIn,
      connect: signIn,
      pause,
      exit,
    },
    stop,
    notes,
  };
}

interface Fake extends Broker<string> {
  readonly calls: unknown[];
  /** The broker ends by itself. */
  end(error?: Error): void;
}

function fakeBroker(): Fake {
  const calls: unknown[] = [];
  let end: (error?: Error) => void = () => undefined;
  const done = new Promise<void>((resolve, reject) => {
    end = (error) => (error === undefined ? resolve() : reject(error));
  });
  return {
    calls,
    end: (error) => end(error),
    loadConfig: (sources) => {
      calls.push(sources);
      return { config: "the config" };
    },
    startBroker: async (config, surroundings) => {
      calls.push([config, Object.keys(surroundings)]);
      return {
        done,
        stop: async () => {
          calls.push("stop");
          end();
        },
      };
    },
  };
}

const typed = { flags: { listen: "127.0.0.1:0" }, file: undefined };

test("flags and environment reach the broker, and it runs until it is asked to stop", async () => {
  const { outside, stop } = world();
  const broker = fakeBroker();
  const serving = serve(broker, typed, outside);
  await new Promise(setImmediate);
  expect(broker.calls).toEqual([
    { flags: typed.flags, env: { PARLEY_DATA: "here" } },
    ["the config", ["env"]],
  ]);
  stop.abort();
  await serving;
  expect(broker.calls.at(-1)).toBe("stop");
});

test("a file is named when one was given", async () => {
  const { outside, stop } = world();
  stop.abort();
  const broker = fakeBroker();
  await serve(broker, { ...typed, file: "parley.json" }, outside);
  expect(broker.calls[0]).toMatchObject({ file: "parley.json" });
});

test("secrets are shown only where a person sits", async () => {
  const { outside, stop } = world(true);
  stop.abort();
  const broker = fakeBroker();
  await serve(broker, typed, outside);
  expect(broker.calls[1]).toEqual(["the config", ["env", "terminal"]]);
});

test("problems are named with where they came from, and nothing starts", async () => {
  const { outside } = world();
  const broker = fakeBroker();
  const issues = [
    { from: "--listen", expected: "expected HOST:PORT", found: '"x"' },
    { from: "PARLEY_TLS_KEY", expected: "--tls-cert and --tls-key together", found: "only one of them" },
  ];
  const refused: unknown = await serve({ ...broker, loadConfig: () => ({ issues }) }, typed, outside).catch(
    (e) => e,
  );
  expect(refused).toBeInstanceOf(Complaint);
  expect(refused).toMatchObject({ exitCode: 2 });
  expect(String((refused as Complaint).message).split("\n")).toEqual([
    '--listen: expected HOST:PORT, found "x"',
    "parley: PARLEY_TLS_KEY: expected --tls-cert and --tls-key together, found only one of them",
  ]);
  expect(broker.calls).toEqual([]);
});

test("a broker that cannot start says why, all the way down, and what to do", async () => {
  const { outside } = world();
  const cause = Object.assign(new Error("address already in use"), { code: "EADDRINUSE" });
  const startBroker = () => Promise.reject(cause);
  const failed = serve({ ...fakeBroker(), startBroker }, typed, outside);
  await expect(failed).rejects.toMatchObject({
    exitCode: 3,
    message: "the broker does not start: address already in use",
    next: expect.stringContaining("--listen"),
  });
});

test("a broker that has to stop by itself is a fault", async () => {
  const { outside } = world();
  const broker = fakeBroker();
  const serving = serve(broker, typed, outside);
  broker.end(new Error("the disk failed", { cause: new Error("EIO") }));
  await expect(serving).rejects.toMatchObject({
    exitCode: 3,
    message: "the broker had to stop: the disk failed: EIO",
  });
});
