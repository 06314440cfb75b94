/** Runs as a worker: carries what was committed from the log into the database whenever it is asked, over a connection of its own. */
import { strict as assert } from "node:assert";
import { parentPort, workerData } from "node:worker_threads";
import type { Carried, CarrierOptions } from "./carrier.js";
import { configureWriter, openWriter } from "./connection.js";

assert(parentPort, "this runs as a worker");
const port = parentPort;
const { path, synchronous } = workerData as CarrierOptions;
const db = openWriter({ path, synchronous, trace: undefined });
configureWriter(db, synchronous);

port.on("message", (asked: "carry" | "close") => {
  if (asked === "close") {
    db.close();
    port.close();
    return;
  }
  try {
    db.pragma("wal_checkpoint(PASSIVE)");
    port.postMessage({ failed: null } satisfies Carried);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    port.postMessage({ failed: { message: String(cause), code } } satisfies Carried);
  }
});
