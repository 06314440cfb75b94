import { type RefusalCode, refusalCodes, refusals } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { DecisionFailed, LedgerStopped } from "../../ledger/faults.js";
import { StoreFailed } from "../../ledger/store.js";
import type { Outcome, Relay } from "../../relay.js";
import { edgeOfThisTest } from "../testing/people.js";
import { enrolPlatform } from "../testing/person.js";

/** The line, until the test has something else happen to the creation of agents. */
async function lineOfThisTest() {
  const happening: { now: (() => Promise<Outcome>) | undefined } = { now: undefined };
  const between = (relay: Relay) =>
    ((command) =>
      happening.now && command.kind === "agent.create" ? happening.now() : relay(command)) as Relay;
  const edge = await edgeOfThisTest({ between });
  const platform = await enrolPlatform(edge);
  const secret = "a-word-of-the-body";
  return {
    edge,
    secret,
    create: (what: () => Promise<Outcome>) => {
      happening.now = what;
      return platform.post("/v1/agents", { name: "feed", owner: secret });
    },
  };
}

describe("a refusal travels as a problem [ERR-2]", () => {
  test.each(refusalCodes)("with the code %s and the status of the table [ERR-1]", async (code) => {
    const { create } = await lineOfThisTest();
    const refusal = { code, rule: "rule", limit: 2, used: 2, retryAfterMs: 1_500 };
    const { status, body, headers } = await create(async () => ({ outcome: "refused", refusal, at: 0 }));
    expect(status).toBe(refusals[code].status);
    expect(headers["content-type"]).toBe("application/problem+json");
    expect(headers["retry-after"]).toBe("2");
    expect(headers["www-authenticate"] === undefined).toBe(status !== 401);
    expect(body).toMatchObject({
      type: `urn:parley:refusal:${code}`,
      title: refusals[code].title,
      status,
      code,
      rule: "rule",
      limit: 2,
      used: 2,
      retryAfterMs: 1_500,
    });
  });
});

describe("a fault", () => {
  test.each<[string, () => Error, RefusalCode, number]>([
    [
      "of a disk that is full says so",
      () => new StoreFailed("full", "later", { cause: "" }),
      "broker.storage-full",
      503,
    ],
    [
      "of the disk sends elsewhere",
      () => new StoreFailed("io", "never", { cause: "" }),
      "broker.going-away",
      503,
    ],
    [
      "of the store sends elsewhere",
      () => new StoreFailed("corrupt", "never", { cause: "" }),
      "broker.going-away",
      503,
    ],
    ["that has stopped the line sends elsewhere", () => new LedgerStopped("disk"), "broker.going-away", 503],
    ["of ours is ours", () => new DecisionFailed("agent.create", new Error("inside")), "broker.fault", 500],
    ["that nobody has named is ours", () => new TypeError("inside"), "broker.fault", 500],
  ])("%s", async (_title, fault, code, status) => {
    const { create } = await lineOfThisTest();
    const answer = await create(() => Promise.reject(fault()));
    expect(answer).toMatchObject({ status, body: { code } });
    expect(answer.text).not.toMatch(/inside|disk|agent\.create|\.ts/);
    if (status === 503) expect(answer.headers["retry-after"]).toBe("1");
  });

  test("of ours is in the log, under the id that was answered, without what was sent", async () => {
    const { create, edge, secret } = await lineOfThisTest();
    const { body } = await create(() => Promise.reject(new TypeError("inside")));
    const id = String(body.detail).replace(/^request /, "");
    const line = edge.log.find((one) => one.includes(id));
    expect(line).toContain("inside");
    expect(line).toContain("/v1/agents");
    expect(line).not.toContain(secret);
  });

  test("of one request is nothing to the next", async () => {
    const { create, edge } = await lineOfThisTest();
    await create(() => Promise.reject(new TypeError("inside")));
    expect(await edge.send({ path: "/healthz" })).toMatchObject({ status: 200 });
  });
});
