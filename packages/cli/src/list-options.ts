/** The options that every list takes. */
import type { Command } from "commander";
import { parseCount } from "./duration.js";

export const withPages = (command: Command): Command =>
  command
    .option("--limit <n>", "how many at most (the broker's default is 50, its most 200)", parseCount)
    .option("--cursor <cursor>", "go on where the last answer ended");
