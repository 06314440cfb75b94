/** The same graph for graphviz: whoever wants another picture lays it out there. */
import type { ColumnName, Graph, Thing } from "./reach-graph.js";
import { plain } from "./table.js";

const shapes: Readonly<Record<ColumnName, string>> = {
  agent: "doubleoctagon",
  workgroups: "folder",
  agents: "box",
  offers: "note",
  sessions: "ellipse",
};

/** Between quotes, with nothing that graphviz would obey. */
const quoted = (text: string): string => `"${plain(text).replace(/[\\"]/g, "\\$&")}"`;

/** A line break is graphviz's own mark: what was said is quoted before it is put in. */
const label = ({ title, said }: Thing): string => `${quoted(title).slice(0, -1)}\\n${quoted(said).slice(1)}`;

const thing = (one: Thing): string =>
  `  ${quoted(one.id)} [label=${label(one)}, shape=${shapes[one.column]}${one.isClosed ? ", style=dashed" : ""}];`;

export const dotOf = ({ name, at, things, ways }: Graph): string =>
  [
    `digraph ${quoted(`${name} at ${at}`)} {`,
    '  rankdir=LR; node [fontname="sans-serif", fontsize=11]; edge [color="#8a94a6"];',
    ...things.map(thing),
    ...ways.map(({ from, to }) => `  ${quoted(from)} -> ${quoted(to)};`),
    "}",
  ].join("\n");
