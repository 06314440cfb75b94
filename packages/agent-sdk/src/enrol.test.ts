import { expect, test, vi } from "vitest";
import { enrol } from "./enrol.js";
import { memoryIdentity } from "./memory-identity.js";
import { enrolled, world } from "./testing/world.js";

test("an enrolment token becomes an identity of the key that redeemed it [ID-23]", async () => {
  const { broker, clock } = await world();
  const identity = await enrolled({ broker, clock });
  expect(broker.complaints).toEqual([]);
  expect(identity.enrolment).toEqual(broker.enrolled());
  expect(broker.thumbprint).toBe(identity.key.thumbprint);
});

test("the key's age is counted in the broker's time", async () => {
  const there = await world(3_600_000);
  const identity = await enrolled(there);
  expect(identity.keySinceMs).toBe(there.broker.nowMs());
});

test("the key is kept before the token is redeemed", async () => {
  const there = await world();
  const identity = await memoryIdentity();
  let keptBefore: boolean | undefined;
  vi.spyOn(identity, "persist").mockImplementation(async () => {
    keptBefore = there.broker.requests("/v1/enrolments").length === 0;
  });
  await enrolled(there, identity);
  expect(keptBefore).toBe(true);
});

test("redeems again with the same key when the answer was lost", async () => {
  const { broker, clock } = await world();
  let lost = 0;
  const identity = await memoryIdentity();
  const running = enrol({
    broker: broker.issuer,
    token: "secret",
    identity,
    clock,
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      if (!url.endsWith("/v1/enrolments") || lost > 0) return response;
      lost += 1;
      throw new TypeError("fetch failed");
    },
  });
  await clock.passNext(1_000);
  await running;
  expect(broker.requests("/v1/enrolments")).toHaveLength(2);
  expect(broker.thumbprint).toBe(identity.key.thumbprint);
});

test("a refused token is a refusal with its code, and is not tried again", async () => {
  const { broker, clock } = await world();
  const refused = enrol({ broker: broker.issuer, token: "wrong", clock });
  await expect(refused).rejects.toMatchObject({
    name: "ParleyRefusal",
    code: "enrolment.invalid",
    status: 400,
  });
  expect(broker.requests("/v1/enrolments")).toHaveLength(1);
});

test("an identity is enrolled once", async () => {
  const there = await world();
  const identity = await enrolled(there);
  await expect(enrolled(there, identity)).rejects.toMatchObject({ name: "ParleyFault", retry: "never" });
});

test("a broker that calls itself something else is not enrolled with", async () => {
  const { broker, clock } = await world();
  const typed = broker.issuer.replace("127.0.0.1", "localhost");
  const refused = enrol({ broker: typed, token: "secret", clock });
  await expect(refused).rejects.toThrow(`calls itself ${broker.issuer}`);
  expect(broker.requests("/v1/enrolments")).toHaveLength(0);
});
