/** Tags as people type them: `env=prod` sets one, `env-` takes it away. */
import { Complaint } from "./complaint.js";
import { exitCodes } from "./exit-codes.js";

function parseTag(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at < 1 || at === text.length - 1) {
    throw new Complaint(`"${text}" is not a tag: expected KEY=VALUE`, exitCodes.usage);
  }
  return [text.slice(0, at), text.slice(at + 1)];
}

export const parseTags = (texts: readonly string[]): Record<string, string> =>
  Object.fromEntries(texts.map(parseTag));

export function changedTags(
  tags: Readonly<Record<string, string>>,
  changes: readonly string[],
): Record<string, string> {
  const changed = new Map(Object.entries(tags));
  for (const change of changes) {
    // A key never ends in a hyphen, so this cannot be one.
    if (change.endsWith("-") && !change.includes("=")) {
      const key = change.slice(0, -1);
      if (!changed.delete(key)) throw new Complaint(`there is no tag "${key}"`, exitCodes.usage);
    } else changed.set(...parseTag(change));
  }
  return Object.fromEntries(changed);
}

export const tagsText = (tags: Readonly<Record<string, string>>): string =>
  Object.entries(tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(" ");
