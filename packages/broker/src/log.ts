/** The log: one line for what an operator must know, for people on a terminal, as JSON otherwise. No payload, no token. */
import { type Logger, pino } from "pino";
import pretty from "pino-pretty";
import type { Config } from "./config.js";

export function openLog(level: Config["logLevel"], human: boolean): Logger {
  const options = { level, base: null, timestamp: true, redact: ["token", "*.token", "*.authorization"] };
  if (!human) return pino(options, pino.destination({ dest: 1, sync: true }));
  return pino(
    options,
    pretty({ colorize: true, translateTime: "SYS:HH:MM:ss", sync: true, ignore: "pid,hostname" }),
  );
}
