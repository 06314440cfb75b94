/**
 * The graph as a picture that needs nothing else: a column for each kind of thing, each thing beside what leads to it.
 * What others have named is text in it, and never anything more.
 */
import { type ColumnName, columnNames, type Graph, type Thing, type Way } from "./reach-graph.js";
import { plain } from "./table.js";

const box = { width: 208, height: 46, gapX: 72, gapY: 14 } as const;
const margin = { side: 28, top: 96, bottom: 40 } as const;
/** In one column: beyond, the picture says how many more there are. */
const drawnMax = 60;
const lettersMax = { title: 22, said: 30 } as const;

const heads: Readonly<Record<ColumnName, string>> = {
  agent: "agent",
  workgroups: "is in",
  agents: "sees there",
  offers: "may engage",
  sessions: "is engaged in",
};

const marks: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export const escaped = (text: string): string => plain(text).replace(/[&<>"']/g, (mark) => marks[mark] ?? "");

const cutTo = (text: string, letters: number): string => {
  const whole = [...text];
  return whole.length <= letters ? text : `${whole.slice(0, letters - 1).join("")}…`;
};

export interface Placed extends Thing {
  readonly x: number;
  readonly y: number;
}

interface Column {
  readonly name: ColumnName;
  readonly x: number;
  readonly drawn: readonly Placed[];
  readonly more: number;
}

const mean = (numbers: readonly number[]): number =>
  numbers.length === 0
    ? Number.POSITIVE_INFINITY
    : numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

/** Each column in the order of what leads to it, so that few ways cross. */
export function columnsOf({ things, ways }: Pick<Graph, "things" | "ways">): readonly Column[] {
  const rows = new Map<string, number>();
  const leading = new Map<string, string[]>();
  for (const { from, to } of ways) leading.set(to, [...(leading.get(to) ?? []), from]);
  const placeOf = ({ id }: Thing): number =>
    mean((leading.get(id) ?? []).flatMap((from) => rows.get(from) ?? []));
  const present = columnNames.filter((name) => things.some(({ column }) => column === name));
  return present.map((name, at) => {
    const mine = things.filter(({ column }) => column === name);
    const sorted = mine
      .map((thing, given) => ({ thing, place: placeOf(thing), given }))
      .toSorted((a, b) => (a.place === b.place ? a.given - b.given : a.place - b.place));
    const x = margin.side + at * (box.width + box.gapX);
    const drawn = sorted.slice(0, drawnMax).map(({ thing }, row): Placed => {
      rows.set(thing.id, row);
      return { ...thing, x, y: margin.top + row * (box.height + box.gapY) };
    });
    return { name, x, drawn, more: mine.length - drawn.length };
  });
}

const style = `
  svg { background: #fbfcfe; font-family: system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }
  .name { font-size: 19px; font-weight: 600; fill: #16202e; }
  .head { font-size: 11px; letter-spacing: .08em; text-transform: uppercase; fill: #6b7688; }
  .said { font-size: 11px; fill: #5a6678; }
  .title { font-size: 13px; font-weight: 600; fill: #16202e; }
  .way { fill: none; stroke: #b3bccb; stroke-width: 1.4; }
  rect { stroke-width: 1.2; }
  .agent rect { fill: #16324f; stroke: #16324f; }
  .agent .title { fill: #ffffff; }
  .agent .said { fill: #c7d6e6; }
  .workgroups rect { fill: #eef2fb; stroke: #8ea4d2; }
  .agents rect { fill: #ffffff; stroke: #b3bccb; }
  .offers rect { fill: #eaf6ee; stroke: #72b389; }
  .sessions rect { fill: #fff4e2; stroke: #dfa94f; }
  .closed rect { fill: #ffffff; stroke: #c08a8a; stroke-dasharray: 5 3; }
`;

function boxed({ x, y, title, said, column, isClosed }: Placed): string {
  const kind = isClosed ? `${column} closed` : column;
  return [
    `<g class="${kind}"><title>${escaped(`${title}: ${said}`)}</title>`,
    `<rect x="${x}" y="${y}" width="${box.width}" height="${box.height}" rx="7"/>`,
    `<text class="title" x="${x + 12}" y="${y + 19}">${escaped(cutTo(title, lettersMax.title))}</text>`,
    `<text class="said" x="${x + 12}" y="${y + 35}">${escaped(cutTo(said, lettersMax.said))}</text></g>`,
  ].join("");
}

/** From the right edge of one to the left edge of the other, leaving and arriving level. */
function curved({ from, to }: Way, placed: ReadonlyMap<string, Placed>): string {
  const [one, other] = [placed.get(from), placed.get(to)];
  if (one === undefined || other === undefined) return "";
  const [x1, y1] = [one.x + box.width, one.y + box.height / 2];
  const [x2, y2] = [other.x, other.y + box.height / 2];
  const bend = Math.max(24, (x2 - x1) / 2);
  return `<path class="way" d="M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}"/>`;
}

const text = (kind: string, x: number, y: number, said: string): string =>
  `<text class="${kind}" x="${x}" y="${y}">${escaped(said)}</text>`;

export function svgOf(graph: Graph): string {
  const columns = columnsOf(graph);
  const placed = new Map(columns.flatMap(({ drawn }) => drawn.map((one) => [one.id, one] as const)));
  const rows = Math.max(...columns.map(({ drawn, more }) => drawn.length + (more > 0 ? 1 : 0)));
  const width = 2 * margin.side + columns.length * box.width + (columns.length - 1) * box.gapX;
  const height = margin.top + rows * (box.height + box.gapY) + margin.bottom;
  const about = `What ${graph.name} reached at ${graph.at}`;
  const unknown = graph.forgotten === 0 ? "" : ` · ${graph.forgotten} facts are not known any more`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(about)}</title><style>${style}</style>`,
    text("name", margin.side, 40, cutTo(graph.name, 63)),
    text("said", margin.side, 58, `${graph.at}${unknown}`),
    ...columns.map(({ name, x }) => text("head", x, margin.top - 14, heads[name])),
    ...graph.ways.map((way) => curved(way, placed)),
    ...[...placed.values()].map(boxed),
    ...columns.flatMap(({ x, drawn, more }) =>
      more === 0
        ? []
        : [
            text(
              "said",
              x + 12,
              margin.top + drawn.length * (box.height + box.gapY) + 20,
              `and ${more} more`,
            ),
          ],
    ),
    "</svg>",
  ]
    .filter((line) => line !== "")
    .join("\n");
}
