/** Runs as a worker: answers questions over a read-only connection of its own, one after the other, each from one snapshot. */
import { strict as assert } from "node:assert";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { answerAll } from "../answering.js";
import { answeringFrom } from "./answering.js";
import type { AsideOptions, Asked, Thrown, Told } from "./aside.js";
import { openReader } from "./connection.js";

function thrownBy(cause: unknown): Thrown {
  if (!(cause instanceof Error)) throw cause;
  const { name, message, stack } = cause;
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : null;
  return { name, message, stack, code };
}

function answerTo(port: MessagePort, { path, synchronous, traced }: AsideOptions): void {
  const tell = (told: Told) => port.postMessage(told);
  const trace = traced ? (statement: string) => tell({ statement }) : undefined;
  const db = openReader({ path, synchronous, trace });
  const answering = answeringFrom(db);
  const snapshot = db.transaction((question: Asked["question"]) => answerAll(answering, question));
  port.on("message", (asked: Asked | "close") => {
    if (asked === "close") {
      db.close();
      port.close();
      return;
    }
    const { number, question } = asked;
    try {
      tell({ number, answers: snapshot(question) });
    } catch (cause) {
      tell({ number, thrown: thrownBy(cause) });
    }
  });
}

assert(parentPort, "this runs as a worker");
try {
  answerTo(parentPort, workerData as AsideOptions);
} catch (cause) {
  // An error of the driver is no error to what carries it over: its message would be lost.
  throw new Error(cause instanceof Error ? cause.message : String(cause), { cause });
}
