import { describe, expect, test } from "vitest";
import { openEnding } from "./ending.js";

describe("the end", () => {
  test("closes in the reverse of the order in which things were opened, each after the other", async () => {
    const ending = openEnding();
    const seen: string[] = [];
    for (const name of ["store", "line", "edge"]) {
      ending.opened(async () => {
        seen.push(`${name}…`);
        await Promise.resolve();
        seen.push(name);
      });
    }
    await ending.stop();
    expect(seen).toEqual(["edge…", "edge", "line…", "line", "store…", "store"]);
    await expect(ending.done).resolves.toBeUndefined();
  });

  test("comes once, whoever asks for it how often", async () => {
    const ending = openEnding();
    let closed = 0;
    ending.opened(() => {
      closed += 1;
    });
    const [first, second] = [ending.stop(), ending.stop()];
    await Promise.all([first, second]);
    await ending.stop();
    expect(closed).toBe(1);
    expect(second).toBe(first);
  });

  test("says after what it comes, at once and to everything", async () => {
    const ending = openEnding();
    const heard: unknown[] = [];
    for (let n = 0; n < 2; n++) ending.opened((cause) => void heard.push(cause));
    const cause = new Error("the disk is gone");
    ending.fail(cause);
    expect(heard).toEqual([cause]);
    await expect(ending.done).rejects.toBe(cause);
    await ending.stop();
    expect(heard).toEqual([cause, cause]);
  });

  test("closes everything, though one thing cannot be closed, and tells the first failure", async () => {
    const ending = openEnding();
    const closed: string[] = [];
    ending.opened(() => closed.push("store"));
    ending.opened(() => Promise.reject(new Error("line")));
    ending.opened(() => {
      throw new Error("edge");
    });
    await expect(ending.stop()).rejects.toThrow("edge");
    await expect(ending.done).rejects.toThrow("edge");
    expect(closed).toEqual(["store"]);
  });

  test("by a failure rejects what whoever started the broker waits for, with the first cause", async () => {
    const ending = openEnding();
    ending.fail(new Error("disk"));
    ending.fail(new Error("later"));
    await expect(ending.done).rejects.toThrow("disk");
  });

  test("by a failure closes everything, though nobody asks for it: a broker that cannot answer does not stay", async () => {
    const ending = openEnding();
    const closed = new Promise<void>((resolve) => ending.opened(() => resolve()));
    ending.fail(new Error("disk"));
    await closed;
    await expect(ending.done).rejects.toThrow("disk");
  });

  test("after a failure can still be asked for, and closes what is open", async () => {
    const ending = openEnding();
    const closed: string[] = [];
    ending.opened(() => closed.push("store"));
    ending.fail(new Error("disk"));
    await ending.stop();
    expect(closed).toEqual(["store"]);
    await expect(ending.done).rejects.toThrow("disk");
  });
});
