import { describe, expect, test } from "vitest";
import { listOf, madeOf } from "./shapes.js";

const twice = (values: readonly unknown[], from: number) => Number(values[from]) * 2;

describe("an object of a shape", () => {
  test("is made of the values from a place on, each as it is or as it is read there", () => {
    const make = madeOf<object>([
      { name: "first", at: 0 },
      { name: "third", at: 2, read: twice },
    ]);
    expect([make([1, 2, 3, 4], 0), make([1, 2, 3, 4], 1)]).toEqual([
      { first: 1, third: 6 },
      { first: 2, third: 8 },
    ]);
  });

  test("is listed in the order of its fields, each as it is or as it is written", () => {
    const list = listOf<unknown>([
      { name: "b" },
      { name: "a", write: (value) => `<${value}>` },
      { name: "c" },
    ]);
    expect(list({ a: 1, b: 2 })).toEqual([2, "<1>", undefined]);
  });

  test.each(["__proto__", "a b", "a:1", "", "1a", "a-b"])("has no field that is called %j", (name) => {
    expect(() => madeOf([{ name, at: 0 }])).toThrow("is no name of a field");
    expect(() => listOf([{ name }])).toThrow("is no name of a field");
  });
});
