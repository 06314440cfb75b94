/** The drawing and the table of `docs/sessions.md`, made from the table by which the code judges. */
import { readFileSync } from "node:fs";
import type { SessionState } from "@parley/protocol";
import { leadsTo, type SessionCommand, sessionCommands, type Whence } from "../session/session-states.js";

export const pagePath = new URL("../../../../../docs/sessions.md", import.meta.url);

const states: readonly SessionState[] = ["proposed", "accepted", "active", "closed"];
const whence: readonly Whence[] = ["none", ...states];
const wordOf = (command: SessionCommand): string => command.slice(command.indexOf(".") + 1);
const mark = (state: Whence): string => (state === "none" ? "[*]" : state);

function arrows(): readonly string[] {
  return whence.flatMap((from) =>
    states.flatMap((to) => {
      const words = sessionCommands.filter((one) => leadsTo(one, from).includes(to)).map(wordOf);
      return words.length === 0 ? [] : [`    ${mark(from)} --> ${to} : ${words.join(", ")}`];
    }),
  );
}

const drawing = (): string =>
  ["```mermaid", "stateDiagram-v2", ...arrows(), "    closed --> [*]", "```"].join("\n");

function table(): string {
  const rows = sessionCommands.map((command) => {
    const cells = whence.map((from) => leadsTo(command, from).join(" or ") || "–");
    return `| \`${command}\` | ${cells.join(" | ")} |`;
  });
  const head = `| command | no session yet | ${states.map((state) => `in \`${state}\``).join(" | ")} |`;
  return [head, `|---|${whence.map(() => "---|").join("")}`, ...rows].join("\n");
}

const begin = "<!-- made from session-states.ts: `npx vitest -u` writes it anew -->";
const end = "<!-- the end of what is made -->";

/** The page as it should be: what people have written, and between the two marks what the table says. */
export function sessionsPage(): string {
  const page = readFileSync(pagePath, "utf8");
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error("docs/sessions.md has lost its marks");
  return `${before}${begin}\n\n${drawing()}\n\n${table()}\n\n${end}${after}`;
}
