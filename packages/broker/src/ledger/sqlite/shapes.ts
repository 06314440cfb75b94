/**
 * Rows as objects and back, in code that is written once for each shape. An object whose fields are added one by one, by
 * names that only run time knows, costs ten times as much as one that is written down: and these are made for every
 * statement. Names come from the schema, never from what is stored.
 */
import { strict as assert } from "node:assert";

type Values = readonly unknown[];
type Maker = (values: Values, from: number) => unknown;

/** Where a field comes from: the value at a place, as it is or by something that reads it from there on. */
export interface Field {
  readonly name: string;
  readonly at: number;
  readonly read?: Maker;
}

function compiled(body: string, given: readonly unknown[]): unknown {
  return new Function(
    "given",
    `"use strict"; ${given.map((_, at) => `const f${at} = given[${at}];`).join(" ")} ${body}`,
  )(given);
}

function named(name: string): string {
  assert(/^[A-Za-z][A-Za-z0-9]*$/.test(name), `${JSON.stringify(name)} is no name of a field`);
  return name;
}

/** Makes an object of values that stand in a list from a place on. */
export function madeOf<T extends object>(fields: readonly Field[]): (values: Values, from: number) => T {
  const members = fields.map(({ name, at, read }, index) => {
    const value = read === undefined ? `values[from + ${at}]` : `f${index}(values, from + ${at})`;
    return `${named(name)}: ${value}`;
  });
  const body = `return (values, from) => ({ ${members.join(", ")} });`;
  return compiled(
    body,
    fields.map(({ read }) => read),
  ) as (values: Values, from: number) => T;
}

/** Lists what an object has in these fields, each as it is or as `write` makes it. */
export function listOf<B>(
  fields: readonly { readonly name: string; readonly write?: (value: unknown) => B }[],
): (object: object) => B[] {
  const values = fields.map(({ name, write }, index) =>
    write === undefined ? `object.${named(name)}` : `f${index}(object.${named(name)})`,
  );
  return compiled(
    `return (object) => [${values.join(", ")}];`,
    fields.map(({ write }) => write),
  ) as (object: object) => B[];
}
