/** What people read of a session: one line for each envelope, and for each turn that the session has taken. */
import type { TranscriptItem } from "@parley/protocol";
import type { Column } from "./table.js";

type Content<K extends TranscriptItem["kind"]> = NonNullable<Extract<TranscriptItem, { kind: K }>["content"]>;

interface Line {
  readonly from?: string;
  readonly n?: number;
  readonly type: string;
  readonly bytes?: number;
  readonly id?: string;
  readonly says?: string;
}

/** No type of a message has parentheses: whatever somebody sends, it does not look like a turn. */
const turns: Readonly<Record<TranscriptItem["kind"], string>> = {
  "session.proposed": "(proposed)",
  "session.accepted": "(accepted)",
  "session.joined": "(joined)",
  "session.handed-over": "(handed over)",
  "session.activated": "(active)",
  "session.sent": "(sent)",
  "session.violated": "(refused)",
  "session.closed": "(closed)",
};

/** The consumer stands on the left, the provider on the right: whose it is, and which way it went. */
const towards = (side: "consumer" | "provider"): string =>
  side === "consumer" ? "consumer →" : "← provider";

const figures = (limit: number | null | undefined, used: number | null | undefined): string =>
  limit === null || limit === undefined ? "" : `(limit ${limit}, used ${used ?? "?"})`;
const together = (...parts: readonly (string | null)[]): string =>
  parts.filter((part) => part !== null && part !== "").join(" ");

const wouldBe = (marks: Content<"session.sent">["wouldRefuse"]): string =>
  marks.length === 0
    ? ""
    : `would be refused: ${marks.map(({ rule, limit, used }) => together(rule, figures(limit, used))).join(", ")}`;

function sentLine({ side, n, type, bytes, id, wouldRefuse }: Content<"session.sent">): Line {
  return { from: towards(side), n, type, bytes, id, says: wouldBe(wouldRefuse) };
}

function refusedLine({ side, envelope, rule, limit, used, violations }: Content<"session.violated">): Line {
  const says = together(rule, figures(limit, used), `violation ${violations}`);
  return { from: towards(side), type: turns["session.violated"], id: envelope, says };
}

function closedLine({ by, reason, detail, side, rule, limit, used }: Content<"session.closed">): Line {
  const whose = side === null ? "" : `by the ${side}`;
  const said = detail === null ? "" : `"${detail}"`;
  const says = together(reason, rule, figures(limit, used), whose, said, by === "broker" ? "" : `(${by})`);
  return { type: turns["session.closed"], says };
}

function turnLine(item: TranscriptItem): Line {
  const type = turns[item.kind];
  if (item.content === null) return { type, says: "(erased)" };
  switch (item.kind) {
    case "session.proposed": {
      const { capability, purpose, instance, wouldRefuse } = item.content;
      const what = together(capability, purpose === null ? "" : `"${purpose}"`, `(${instance})`);
      return { from: "consumer", type, says: together(what, wouldBe(wouldRefuse)) };
    }
    case "session.accepted":
      return { from: "provider", type, says: `(${item.content.by})` };
    case "session.joined":
      return { from: item.content.side, type, says: `(${item.content.instance})` };
    case "session.handed-over":
      return { from: item.content.side, type, says: `(${item.content.from}) to (${item.content.to})` };
    case "session.activated":
      return { type, says: `until ${item.content.deadline} at most` };
    case "session.sent":
      return sentLine(item.content);
    case "session.violated":
      return refusedLine(item.content);
    case "session.closed":
      return closedLine(item.content);
  }
}

const column = (title: string, of: (line: Line) => string | number | undefined): Column<TranscriptItem> => ({
  title,
  of: (item) => of(turnLine(item)) ?? null,
});

export const transcriptColumns: readonly Column<TranscriptItem>[] = [
  { title: "at", of: ({ at }) => at },
  column("from", ({ from }) => from),
  column("n", ({ n }) => n),
  column("type", ({ type }) => type),
  column("bytes", ({ bytes }) => bytes),
  column("id", ({ id }) => id),
  column("says", ({ says }) => says),
];

export const isClose = ({ kind }: TranscriptItem): boolean => kind === "session.closed";
