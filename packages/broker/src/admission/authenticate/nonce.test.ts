import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { openNonces } from "./nonce.js";

const minute = limits.nonceSeconds * 1_000;
/** Somewhere, at the first millisecond of a minute. */
const start = 30_000_000 * minute;

describe("the nonce [ID-15]", () => {
  test("changes every minute, and not before [nonceSeconds]", () => {
    const nonces = openNonces();
    expect(nonces.current(start + minute - 1)).toBe(nonces.current(start));
    expect(nonces.current(start + minute)).not.toBe(nonces.current(start));
  });

  test("is accepted in its minute and the next, and in no other", () => {
    const nonces = openNonces();
    const nonce = nonces.current(start);
    const accepted = [-1, 0, minute - 1, minute, 2 * minute - 1, 2 * minute].map((after) =>
      nonces.isFresh(nonce, start + after),
    );
    expect(accepted).toEqual([false, true, true, true, true, false]);
  });

  test("of one start is worth nothing after the next", () => {
    expect(openNonces().isFresh(openNonces().current(start), start)).toBe(false);
  });

  test.each(["", "A", "nonce"])("is not %j", (nonce) => {
    expect(openNonces().isFresh(nonce, start)).toBe(false);
  });
});

describe("what was signed over it [ID-16]", () => {
  test("works once, as long as its nonce is accepted", () => {
    const nonces = openNonces();
    const uses = [0, 0, minute - 1, minute, 2 * minute - 1].map((after) =>
      nonces.useOnce("key", "jti", start + after),
    );
    expect(uses).toEqual(["first", "replayed", "replayed", "replayed", "replayed"]);
  });

  test("is told apart by key and by jti", () => {
    const nonces = openNonces();
    nonces.useOnce("key", "jti", start);
    expect(nonces.useOnce("other", "jti", start)).toBe("first");
    expect(nonces.useOnce("key", "other", start)).toBe("first");
  });

  test("stays used when a request that began in the minute before comes late", () => {
    const nonces = openNonces();
    nonces.useOnce("key", "in the old minute", start);
    nonces.useOnce("key", "in the new minute", start + minute);
    nonces.useOnce("key", "late", start + minute - 1);
    const again = ["in the old minute", "in the new minute", "late"].map((jti) =>
      nonces.useOnce("key", jti, start + minute),
    );
    expect(again).toEqual(["replayed", "replayed", "replayed"]);
  });

  test("is refused as busy when there is no room to remember it, until the minutes have passed [proofsRememberedMax]", () => {
    const nonces = openNonces({ rememberedMax: 2 });
    const use = (jti: string, after: number) => nonces.useOnce("key", jti, start + after);
    expect([use("1", 0), use("2", minute), use("3", minute)]).toEqual(["first", "first", "busy"]);
    expect(use("2", minute)).toBe("replayed");
    expect(use("3", 2 * minute)).toBe("first");
    expect(use("4", 2 * minute)).toBe("busy");
  });
});
