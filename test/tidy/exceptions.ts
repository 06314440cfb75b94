/**
 * What a rule finds and we leave for now, each with its reason. The list only shrinks: an exception that nothing
 * needs any more is an offence itself, and so is one that allows more than is used.
 */
import type { Finding } from "./source-tree.js";

export interface Exception {
  readonly rule: string;
  readonly path: string;
  /** For what is measured: the size it has now. */
  readonly size?: number;
  readonly reason: string;
}

export const exceptions: readonly Exception[] = [];

const matches = (exception: Exception, finding: Finding): boolean =>
  exception.rule === finding.rule && exception.path === finding.path;

function excuses(exception: Exception, finding: Finding): boolean {
  if (!matches(exception, finding)) return false;
  return finding.size === undefined || (exception.size !== undefined && finding.size <= exception.size);
}

/** What one exception says against itself, given all that the rules found. */
function judge(exception: Exception, findings: readonly Finding[]): string | undefined {
  if (exception.reason.trim().length < 20) return "gives no reason";
  const found = findings.filter((finding) => matches(exception, finding));
  if (found.length === 0) return "is no longer needed: remove it";
  const largest = Math.max(...found.map((finding) => finding.size ?? 0));
  if (exception.size !== undefined && largest < exception.size)
    return `allows more than is used: set it to ${largest}`;
  return undefined;
}

/** Takes the excused findings away and adds what is wrong with the list itself. */
export function applyExceptions(
  findings: readonly Finding[],
  list: readonly Exception[] = exceptions,
): Finding[] {
  const left = findings.filter((finding) => !list.some((exception) => excuses(exception, finding)));
  const wrong = list.flatMap((exception): Finding[] => {
    const message = judge(exception, findings);
    if (message === undefined) return [];
    return [
      {
        rule: "exception",
        path: "test/tidy/exceptions.ts",
        message: `${exception.path} (${exception.rule}) ${message}`,
      },
    ];
  });
  return [...left, ...wrong];
}
