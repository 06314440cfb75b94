/** Terms as people type them: JSON, and single `term=value` on top of it. What they mean is judged by the schema. */
import { Complaint } from "./complaint.js";
import { exitCodes } from "./exit-codes.js";

export function termsFrom(text: string, set: readonly string[]): Record<string, unknown> {
  return { ...objectIn(text), ...Object.fromEntries(set.map(assignment)) };
}

function objectIn(text: string): object {
  const value = parsed(text);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new Complaint("expected terms as one JSON object", exitCodes.usage);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Complaint(`the terms are not JSON: ${(error as Error).message}`, exitCodes.usage);
  }
}

/** Numbers, lists and objects are JSON; anything else is text. */
function assignment(text: string): readonly [string, unknown] {
  const at = text.indexOf("=");
  if (at < 1) throw new Complaint(`"${text}" is not a term: expected TERM=VALUE`, exitCodes.usage);
  const value = text.slice(at + 1);
  return [text.slice(0, at), /^(?:-?\d|[[{]|null$)/.test(value) ? parsed(value) : value];
}
