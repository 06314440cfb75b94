import { expect, test } from "vitest";
import { shapeOf } from "./statement-shape.js";

test.each([
  ["SELECT 1", "SELECT ?"],
  ["SELECT \"a1\" FROM t1 WHERE x = 'it''s' AND y > -50.0", 'SELECT "a1" FROM t1 WHERE x = ? AND y > ?'],
  ["SELECT *\n  FROM t LIMIT 20", "SELECT * FROM t LIMIT ?"],
  ["VALUES ('abc'/*+40 bytes*/, x'00ff', 1e10)", "VALUES (?, ?, ?)"],
  ["WHERE a IS NULL AND b = ''", "WHERE a IS NULL AND b = ?"],
])("leaves the values of %s out", (statement, shape) => {
  expect(shapeOf(statement)).toBe(shape);
});
