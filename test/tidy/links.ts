/** Relative links in markdown lead to files that exist. */
import { posix } from "node:path";
import type { Finding, SourceFile } from "./source-tree.js";

const inlineLink = /\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g;
const referenceLink = /^\s{0,3}\[[^\]]+\]:\s+<?([^\s>]+)>?/;

/** Blanks out code, where brackets are not links, and keeps the lines where they are. */
function withoutCode(text: string): string {
  const blank = (code: string): string => code.replace(/[^\n]/g, " ");
  return text.replace(/^( {0,3})(```|~~~)[\s\S]*?^\s*\2.*$/gm, blank).replace(/`[^`\n]*`/g, blank);
}

const isRelative = (target: string): boolean => !/^([a-z][a-z0-9+.-]*:|\/\/|#)/i.test(target);

function fileOf(page: string, target: string): string {
  const [path = ""] = target.split(/[#?]/);
  const decoded = decodeURIComponent(path);
  const joined = decoded.startsWith("/") ? decoded.slice(1) : posix.join(posix.dirname(page), decoded);
  return joined.replace(/\/$/, "");
}

export function relativeLinks(pages: readonly SourceFile[], exists: (path: string) => boolean): Finding[] {
  return pages.flatMap((page) =>
    withoutCode(page.text)
      .split("\n")
      .flatMap((text, index) => {
        const targets = [...text.matchAll(inlineLink)].map(([, target]) => target);
        targets.push(referenceLink.exec(text)?.[1]);
        return targets.flatMap((target): Finding[] => {
          if (target === undefined || !isRelative(target) || exists(fileOf(page.path, target))) return [];
          return [{ rule: "link", path: page.path, line: index + 1, message: `leads nowhere: ${target}` }];
        });
      }),
  );
}
