/** Prints the OpenAPI document as the broker serves it: the same routes on a store in memory, without listening. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main, root } from "./workspace.mjs";

const broker = (file) => import(join(root, "packages/broker/dist", file));

/** Where it is served decides only the address in it. */
const issuer = "https://broker.example";

async function describe(folder) {
  const { openEdge } = await broker("edge.js");
  const { openKeys } = await broker("keys.js");
  const { openMemoryStore } = await broker("ledger/memory/store.js");
  const { Connections } = await broker("outbox/connections.js");
  const { openLog } = await broker("log.js");
  const clock = { now: () => 0 };
  const edge = await openEdge({
    config: { trustDomain: "broker.example" },
    relay: () => Promise.reject(new Error("nothing is asked of the line")),
    store: openMemoryStore(),
    keys: await openKeys(folder, clock.now()),
    clock,
    connections: new Connections(),
    log: openLog("silent", false),
    issuer: () => issuer,
  });
  const document = await edge.describe();
  await edge.close();
  return document;
}

await main(async () => {
  const folder = mkdtempSync(join(tmpdir(), "parley-openapi-"));
  try {
    console.log(JSON.stringify(await describe(folder), null, 2));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
