/** The log: one line for what an operator must know, for people on a terminal, as JSON otherwise. No payload, no token. */
import { type DestinationStream, type Logger, pino } from "pino";
import pretty from "pino-pretty";
import type { Config } from "./config.js";

/** Nobody logs these; should somebody by mistake, they do not come out. */
const secrets = ["token", "secret", "proof", "authorization", "dpop"].flatMap((name) => [name, `*.${name}`]);

const standardOutput = () => pino.destination({ dest: 1, sync: true });

export function openLog(
  level: Config["logLevel"],
  human: boolean,
  destination: DestinationStream = standardOutput(),
): Logger {
  const options = { level, base: null, timestamp: true, redact: secrets };
  if (!human) return pino(options, destination);
  const shown = { colorize: true, translateTime: "SYS:HH:MM:ss", ignore: "pid,hostname" };
  return pino(options, pretty({ ...shown, sync: true, destination }));
}
