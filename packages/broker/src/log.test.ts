import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { openLog } from "./log.js";

function logOfThisTest(level: Parameters<typeof openLog>[0]) {
  const lines: string[] = [];
  const log = openLog(level, false, { write: (line: string) => void lines.push(line) });
  return { log, lines };
}

describe("the log", () => {
  test("is JSON, a line for each thing", () => {
    const { log, lines } = logOfThisTest("info");
    log.info({ issuer: "https://broker.example" }, "ready");
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { level: 30, time: expect.any(Number), issuer: "https://broker.example", msg: "ready" },
    ]);
  });

  test("is for reading where there is a person", async () => {
    const written = new Promise<string>((resolve) => {
      const shown = new Writable({ write: (line, _encoding, done) => done(void resolve(String(line))) });
      openLog("info", true, shown).info({ issuer: "https://broker.example" }, "listens");
    });
    expect(await written).toMatch(/INFO.*listens/);
  });

  test("keeps to its level", () => {
    const { log, lines } = logOfThisTest("warn");
    log.info("not said");
    log.warn("said");
    expect(lines).toHaveLength(1);
    const silent = logOfThisTest("silent");
    silent.log.fatal("not said");
    expect(silent.lines).toEqual([]);
  });

  test.each(["token", "secret", "proof", "authorization", "dpop"])("lets no %s out by mistake", (name) => {
    const { log, lines } = logOfThisTest("trace");
    log.error({ [name]: "hidden", headers: { [name]: "hidden" } }, "a request failed");
    expect(lines.join("")).toContain("a request failed");
    expect(lines.join("")).not.toContain("hidden");
  });
});
