/** How true bundles are made false: by what somebody might do who holds some keys and not others. */
import { canonicalJson, type Json } from "../../canonical.js";
import { checkpointLine, factLine, headLine } from "../bundle.js";
import type { FlawCode } from "../report.js";
import type { VerifyOptions } from "../verify.js";
import { keyOf, nodeCrypto } from "./keys.js";
import { bundleOf, sessionBundle, wholeBundle } from "./made-bundle.js";
import type { MadeLog } from "./made-log.js";
import { admin, idOf, madeStory, type Story, signed, termsDigest } from "./made-story.js";

export const story = madeStory();
export const { log, sessions } = story;
export const [first = "", second = ""] = sessions;
export const session = sessionBundle(log, second);
export const whole = wholeBundle(log, sessions);
/** The organisation's own facts alone: heads of shared streams are not shown. */
export const ofTime = bundleOf(log, {
  scope: { from: "2026-09-21T00:00:00.000Z", to: null } as never,
  shows: (leaf) => "own" in leaf,
});

export interface Flawed {
  readonly code: FlawCode;
  readonly title: string;
  readonly base: "session" | "whole";
  readonly lines: readonly string[];
  readonly options?: Pick<VerifyOptions, "keys" | "against">;
}

export const indexOf = (lines: readonly string[], text: string): number => {
  const at = lines.findIndex((line) => line.includes(text));
  if (at === -1) throw new TypeError(`no line has ${text}`);
  return at;
};
export const changed = (lines: readonly string[], from: string, to: string, text = from): string[] => {
  const at = indexOf(lines, text);
  return lines.with(at, String(lines[at]).replace(from, to));
};
export const without = (lines: readonly string[], text: string): string[] =>
  lines.toSpliced(indexOf(lines, text), 1);

/** A bundle of another story, signed by the broker's own keys: what a broker could do that does not keep its own rules. */
export function told(change: (log: MadeLog, sessions: readonly string[]) => void): string[] {
  const other: Story = madeStory();
  change(other.log, other.sessions);
  return wholeBundle(other.log, []);
}
export const own =
  (kind: string, data: unknown) =>
  (of: MadeLog): void => {
    of.tell(of.log, kind, data);
    of.wait(1_000);
  };
export const inStream =
  (stream: string, kind: string, data: unknown = {}) =>
  (of: MadeLog): void => {
    of.tell(stream, kind, data);
    of.wait(1_000);
  };

export const version = (over: object, by = admin): object => {
  const said = { name: "more", termsDigest };
  const statement = signed("contract", by, said);
  const terms = JSON.parse(
    String(
      /"terms":(\{.*?\}),"termsDigest"/.exec(
        whole.find((line) => line.includes("contract.created")) ?? "",
      )?.[1],
    ),
  ) as object;
  return {
    contract: { name: "more" },
    version: { organisation: idOf("organisation", 1), terms, termsDigest, statement, by: by.id, ...over },
  };
};
export const stranger = { id: idOf("operator", 8), key: keyOf("stranger") };

/** As it is after somebody has changed a fact and mended every hash after it, but for what the broker has signed. */
export function mended(lines: readonly string[], kind: string): string[] {
  const from = lines.findIndex((line) => line.includes(`"kind":"${kind}"`));
  let previous: string | undefined;
  return lines.map((line, at) => {
    if (at < from) return line;
    const fact = JSON.parse(line) as {
      fact?: Record<string, Json>;
      says?: Json;
      head?: Record<string, Json>;
    };
    if (fact.fact !== undefined) {
      const says = at === from ? { ...(fact.says as object), cause: "cmd_2" } : (fact.says ?? null);
      const text = canonicalJson(says as Json);
      const skeleton = canonicalJson({
        ...fact.fact,
        contentDigest: nodeCrypto.sha256(text),
        previous: previous ?? String(fact.fact.previous),
      });
      previous = nodeCrypto.sha256(skeleton);
      return factLine(skeleton, text);
    }
    if (fact.head === undefined || previous === undefined) return line;
    return headLine({ ...fact.head, hash: previous } as never);
  });
}

export const noted = (lines: readonly string[], note: string): string[] =>
  lines.with(indexOf(lines, '{"checkpoint"'), checkpointLine(note));
export const later = (): MadeLog => {
  const { log: more } = madeStory();
  more.wait(5_000);
  more.tell(more.log, "broker.noticed", {});
  return more;
};
export const sent = '"kind":"session.sent"';
export const lastFact = (lines: readonly string[]): number =>
  lines.findLastIndex((line) => line.startsWith('{"fact"'));
export const kid = (key: { readonly kid: string }) => `"kid":"${key.kid}"`;

export type Flaw = Omit<Flawed, "base">;
