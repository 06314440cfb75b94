/** Durations as people type them: `90s`, `15m`, `1h`, `7d`. */
import { InvalidArgumentError } from "commander";

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

export function parseDuration(text: string): number {
  const [, digits, unit] = /^([1-9]\d{0,8})([smhd])$/.exec(text) ?? [];
  const seconds = unitSeconds[unit ?? ""];
  if (digits === undefined || seconds === undefined) {
    throw new InvalidArgumentError("expected a number and a unit, like 90s, 15m, 1h or 7d");
  }
  return Number(digits) * seconds;
}

export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("expected a whole number from 1");
  return Number(text);
}
