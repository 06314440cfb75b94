/** A key speaks for its principal from its enrolment to its replacement, and what it signed then stays signed. */
import { expect, test } from "vitest";
import { EnrolledKeys, principalsMax } from "./enrolled.js";
import { nodeCrypto } from "./testing/keys.js";
import { idOf } from "./testing/made-story.js";

const principal = idOf("instance", 1);
const [old, fresh] = [nodeCrypto.sha256("old"), nodeCrypto.sha256("fresh")];
const said = (thumbprint: string, of = principal) => ({ key: { principal: of, thumbprint } });

test("at a time, or once before it [EVD-7]", () => {
  const keys = new EnrolledKeys();
  expect(keys.tell(said(old), 100)).toBe(true);
  expect(keys.tell(said(fresh), 200)).toBe(true);
  const at = (thumbprint: string, times: readonly number[], orBefore: boolean) =>
    times.map((time) => keys.had(principal, thumbprint, time, orBefore));
  expect(at(old, [99, 100, 200, 201], false)).toEqual([false, true, true, false]);
  expect(at(old, [99, 100, 201], true)).toEqual([false, true, true]);
  expect(at(fresh, [199, 200, 300], false)).toEqual([false, true, true]);
  expect(keys.had(idOf("instance", 2), old, 150, false)).toBeUndefined();
});

test("what says of no key whose it is is not taken", () => {
  const keys = new EnrolledKeys();
  for (const data of [
    null,
    {},
    { key: null },
    said("x"),
    said(old, idOf("agent", 1)),
    { key: { principal } },
  ])
    expect(keys.tell(data, 1)).toBe(false);
});

test(`of ${principalsMax} principals, and of one more it is not known`, { timeout: 60_000 }, () => {
  const keys = new EnrolledKeys();
  for (let n = 0; n < principalsMax - 1; n++) keys.tell(said(old, idOf("operator", n)), 1);
  expect(keys.isFull).toBe(false);
  keys.tell(said(old), 1);
  expect([keys.isFull, keys.had(principal, old, 1, false)]).toEqual([true, true]);
  expect(keys.tell(said(old, idOf("instance", 2)), 1)).toBe(true);
  expect(keys.had(idOf("instance", 2), old, 1, false)).toBeUndefined();
  // Who is known stays known.
  keys.tell(said(fresh), 2);
  expect(keys.had(principal, fresh, 2, false)).toBe(true);
});
