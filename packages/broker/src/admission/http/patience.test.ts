import { describe, expect, test } from "vitest";
import { silenceMs, whileAnswering } from "./patience.js";

function socketOfThisTest() {
  const heard: (number | string)[] = [];
  return { heard, setTimeout: (ms: number) => void heard.push(ms) };
}

describe("a connection that waits for us is not taken for a silent one [SES-20]", () => {
  test("while a request is worked on, and is watched again before it is answered", async () => {
    const socket = socketOfThisTest();
    const answer = await whileAnswering(socket, async () => {
      await Promise.resolve();
      socket.heard.push("worked");
      return "answer";
    });
    expect([answer, ...socket.heard]).toEqual(["answer", 0, "worked", silenceMs]);
  });

  test("nor when the work fails", async () => {
    const socket = socketOfThisTest();
    const failing = whileAnswering(socket, () => Promise.reject(new Error("failed")));
    await expect(failing).rejects.toThrow("failed");
    expect(socket.heard).toEqual([0, silenceMs]);
  });
});
