import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { Unread } from "./unread.js";

function scene() {
  const unread = new Unread({ unreadBytesPerConnectionMax: 40, unreadBytesMax: 100 });
  const ended: string[] = [];
  const reader = (name: string) =>
    Object.assign(new EventEmitter(), { destroy: () => void ended.push(name) });
  const answer = (of: ReturnType<typeof reader>, bytes: number) => {
    const one = new EventEmitter();
    unread.hold(of, one, bytes);
    return () => void one.emit("close");
  };
  return { unread, ended, reader, answer };
}

test("one connection may have so much unread, and is closed beyond it [LIM-1]", () => {
  const { unread, ended, reader, answer } = scene();
  const slow = reader("slow");
  const read = answer(slow, 30);
  answer(slow, 10);
  expect(ended).toEqual([]);
  read();
  answer(slow, 30);
  expect([ended, unread.bytes]).toEqual([[], 40]);
  answer(slow, 1);
  expect([ended, unread.bytes]).toEqual([["slow"], 0]);
});

test("of all, whoever is longest behind is closed first, and who reads never is [LIM-1]", () => {
  const { unread, ended, reader, answer } = scene();
  const [first, second, third, reads] = ["first", "second", "third", "reads"].map(reader);
  if (!first || !second || !third || !reads) throw new TypeError("four of them");
  const late = answer(first, 40);
  answer(second, 40);
  for (let at = 0; at < 50; at++) answer(reads, 20)();
  expect([ended, unread.bytes]).toEqual([[], 80]);
  answer(third, 20);
  expect(ended).toEqual([]);
  answer(third, 1);
  expect([ended, unread.bytes]).toEqual([["first"], 61]);
  // Its own end says nothing more.
  late();
  expect(unread.bytes).toBe(61);
  // Answers that wait behind others go with their connection.
  third.emit("close");
  expect(unread.bytes).toBe(40);
});
