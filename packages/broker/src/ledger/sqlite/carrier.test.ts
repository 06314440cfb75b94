/** The thread that carries pages: what becomes of its store when it is lost. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { StoreFailed } from "../store.js";
import { Carrier } from "./carrier.js";
import { temporaryFolder } from "./temporary.suite.js";

test("a thread that cannot open its database, or ends, has failed its store for good", async () => {
  const failures: unknown[] = [];
  const path = join(temporaryFolder(), "there-is-none.db");
  const carrier = new Carrier({ path, synchronous: "FULL" }, (cause) => failures.push(cause));
  await carrier.carry();
  expect(failures.length).toBeGreaterThan(0);
  for (const failure of failures) expect(failure).toMatchObject({ name: "StoreFailed", retry: "never" });
  expect(failures[0]).toBeInstanceOf(StoreFailed);
});
