import { beforeEach, describe, expect, test } from "vitest";
import { commit, factsOf } from "../contract/opened.suite.js";
import { openRaw, openStore, temporaryFolder } from "./temporary.suite.js";

let raw: ReturnType<typeof openRaw>;
beforeEach(async () => {
  const folder = temporaryFolder();
  const store = openStore(folder);
  const [first, ...others] = factsOf("platform", 3);
  if (!first) throw new TypeError("a fact is needed");
  await commit(store, { facts: [{ ...first, contentText: null }, ...others] });
  raw = openRaw(folder);
});

const rows = () => raw.prepare("SELECT * FROM facts ORDER BY ordinal").all();

describe("whoever writes to the database", () => {
  test.each([
    "DELETE FROM facts WHERE ordinal = 2",
    "DELETE FROM facts",
    "UPDATE facts SET content = '{}' WHERE ordinal = 2",
    "UPDATE facts SET content = '{}' WHERE ordinal = 1",
    "UPDATE facts SET content = NULL WHERE ordinal = 1",
    "UPDATE facts SET content = NULL, at = at + 1 WHERE ordinal = 2",
    ...["ordinal", "position", "at"].map(
      (column) => `UPDATE facts SET content = NULL, ${column} = 99 WHERE ordinal = 2`,
    ),
    ...["stream", "kind", "skeleton", "hash"].flatMap((column) => [
      `UPDATE facts SET ${column} = 'x' WHERE ordinal = 2`,
      `UPDATE facts SET content = NULL, ${column} = 'x' WHERE ordinal = 2`,
    ]),
    "UPDATE OR REPLACE facts SET ordinal = 3 WHERE ordinal = 2",
    "INSERT OR REPLACE INTO facts SELECT ordinal, stream, position, 'x', at, skeleton, hash, content FROM facts",
    "INSERT OR REPLACE INTO facts SELECT 9, stream, position, 'x', at, skeleton, hash, content FROM facts WHERE ordinal = 2",
    "INSERT INTO facts SELECT * FROM facts WHERE true ON CONFLICT DO UPDATE SET kind = 'x'",
  ])("cannot do this to a fact: %s", (statement) => {
    const before = rows();
    expect(() => raw.exec(statement)).toThrow(/fact/);
    expect(rows()).toEqual(before);
  });

  test("can take a content away", () => {
    raw.exec("UPDATE facts SET content = NULL WHERE ordinal = 2");
    expect(raw.prepare("SELECT ordinal FROM facts WHERE content IS NULL").pluck().all()).toEqual([1, 2]);
  });
});
