/** `parley agent blast-radius`: what an agent can see, may engage and is engaged in, as a table or as a picture. */
import { writeFileSync } from "node:fs";
import {
  type BlastRadiusView,
  blastRadiusSchema,
  type ReachedView,
  type ReadersView,
  type ReaderView,
  readersSchema,
} from "@parley/protocol";
import { type Command, Option } from "commander";
import type { z } from "zod";
import { answer, type Read, read } from "./answer.js";
import { Complaint } from "./complaint.js";
import { exitCodes } from "./exit-codes.js";
import { type Invocation, invocationOf, type Outside, type Speaker, speaking } from "./invocation.js";
import { agentId, workgroupAt } from "./naming.js";
import { dotOf } from "./reach-dot.js";
import { givenBy, graphOf, rightsText, unmetText } from "./reach-graph.js";
import { svgOf } from "./reach-svg.js";
import { type Column, plain, table } from "./table.js";
import { tagsText } from "./tags.js";

interface RadiusOptions {
  readonly at?: string;
  readonly workgroup?: string;
  readonly dot?: boolean;
  readonly svg?: string;
}

type ReadersOptions = Pick<RadiusOptions, "at" | "workgroup">;

export function addReachCommands(agent: Command, outside: Outside): void {
  agent
    .command("blast-radius")
    .description("what an agent can see, may engage and is engaged in, and by what: now, or at a past moment")
    .argument("<agent>")
    .option("--at <time>", "at that moment, like 2026-01-05T09:00:00Z", parseMoment)
    .option("--workgroup <workgroup>", "only what it reaches there")
    .addOption(new Option("--dot", "as a graph for graphviz").conflicts("svg"))
    .addOption(new Option("--svg <file>", "as a picture, written to that file"))
    .action(async (text: string, options: RadiusOptions, command: Command) => {
      const invocation = invocationOf(command, outside);
      expectOneForm(invocation, options);
      await speaking(invocation, async (speaker) => {
        const { at, workgroup } = options;
        const path = `/v1/agents/${await agentId(speaker, text)}/blast-radius`;
        const only = workgroup === undefined ? undefined : (await workgroupAt(speaker, workgroup)).id;
        tell(invocation, await readAll(speaker, blastRadiusSchema, path, { at, workgroup: only }), options);
      });
    });
}

function expectOneForm({ json }: Invocation, { dot, svg }: RadiusOptions): void {
  if (json && (dot || svg !== undefined))
    throw new Complaint("--json answers as REST does: leave out --dot and --svg", exitCodes.usage);
}

/** The other way round: not of one's agents alone, so it stands beside them. */
export function addReadersCommand(program: Command, outside: Outside): void {
  program
    .command("who-can-reach")
    .description("to which agents an agent of yours shows what it advertises: now, or at a past moment")
    .argument("<agent>")
    .option("--at <time>", "at that moment, like 2026-01-05T09:00:00Z", parseMoment)
    .option("--workgroup <workgroup>", "only there")
    .action(async (text: string, { at, workgroup }: ReadersOptions, command: Command) => {
      const invocation = invocationOf(command, outside);
      await speaking(invocation, async (speaker) => {
        const path = `/v1/agents/${await agentId(speaker, text)}/who-can-reach`;
        const only = workgroup === undefined ? undefined : (await workgroupAt(speaker, workgroup)).id;
        const found = await readAll(speaker, readersSchema, path, { at, workgroup: only });
        answer(invocation, found, readersForPeople);
        if (invocation.json) return;
        const { items, forgotten } = found.value;
        if (items.length === 0)
          invocation.terminal.note("Nobody: it advertises nothing that anybody may engage.");
        if (forgotten > 0) invocation.terminal.note(`${forgotten} facts are not known any more.`);
      });
    });
}

const asksFor = ({ contract }: ReaderView): string =>
  [
    ...(contract.requiredWorkgroups.length === 0 ? [] : ["being in what it requires"]),
    ...(Object.keys(contract.requiredTags).length === 0 ? [] : [tagsText(contract.requiredTags)]),
    ...(contract.minAgentAgeDays === 0 ? [] : [`an age of ${contract.minAgentAgeDays} days`]),
  ].join(", ");

const readerColumns: readonly Column<ReaderView>[] = [
  { title: "who", of: ({ agent, organisation }) => `${organisation.name}/${agent.name}` },
  { title: "agent", of: ({ agent }) => agent.id },
  { title: "advertisement", of: ({ advertisement }) => advertisement.name },
  { title: "where", of: ({ workgroup }) => workgroup.address },
  { title: "acceptance", of: ({ contract }) => contract.acceptance },
  { title: "asks for", of: asksFor },
  { title: "certain", of: ({ certain }) => (certain ? "yes" : "no") },
];

function readersForPeople({ agent, at, standing, items }: ReadersView): string {
  const head = plain(`${agent.name} (${agent.id}) at ${at}: ${standing ?? "not there yet"}`);
  return items.length === 0 ? head : `${head}\n\n${table(items, readerColumns)}`;
}

/** A time as people write it, as the broker takes it. */
export function parseMoment(text: string): string {
  const isTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})$/.test(text);
  const at = isTime ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return new Date(at).toISOString();
  throw new Complaint(`"${text}" is no time: expected one like 2026-01-05T09:00:00Z`, exitCodes.usage);
}

type Query = Readonly<Record<string, string | undefined>>;

type Paged = z.ZodType<{ readonly items: readonly unknown[]; readonly nextCursor: string | null }>;

/** All pages as one: a part of a picture is none. */
async function readAll<S extends Paged>(
  speaker: Speaker,
  schema: S,
  path: string,
  query: Query,
): Promise<Read<S>> {
  const ask = async (cursor: string | undefined) =>
    read(speaker, schema, { method: "GET", path, query: { ...query, limit: 200, cursor } });
  const first = await ask(undefined);
  const items = [...first.value.items];
  for (let cursor = first.value.nextCursor; cursor !== null; ) {
    const { value } = await ask(cursor);
    items.push(...value.items);
    cursor = value.nextCursor;
  }
  const value = { ...first.value, items, nextCursor: null };
  return { value, body: value };
}

function tell(invocation: Invocation, found: Read<typeof blastRadiusSchema>, options: RadiusOptions): void {
  const { terminal, json } = invocation;
  const { dot, svg } = options;
  if (dot) terminal.out(dotOf(graphOf(found.value)));
  else if (svg !== undefined) {
    written(svg, `${svgOf(graphOf(found.value))}\n`);
    terminal.note(`Written: ${plain(svg)}.`);
  } else answer(invocation, found, forPeople);
  if (!json && found.value.items.length === 0)
    terminal.note("It reaches nothing: it is a member of no workgroup, and has no open session.");
}

function written(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (cause) {
    throw new Complaint(
      `cannot write ${file}: ${cause instanceof Error ? cause.message : ""}`,
      exitCodes.usage,
    );
  }
}

interface Line {
  readonly what: string;
  readonly where: string;
  readonly who: string;
  readonly how: string;
}

const party = ({ agent, organisation }: Extract<ReachedView, { kind: "agent" | "offer" | "session" }>) =>
  `${organisation.name}/${agent.name}`;

function lineOf(item: ReachedView): Line {
  switch (item.kind) {
    case "workgroup": {
      const who = item.organisations.map(({ name }) => name).join(" ");
      return { what: item.workgroup.address, where: item.workgroup.id, who, how: givenBy(item) };
    }
    case "agent":
      return { what: item.agent.id, where: item.workgroup.address, who: party(item), how: rightsText(item) };
    case "offer": {
      const { admitted, contract, advertisement } = item;
      const how = admitted ? `acceptance: ${contract.acceptance}` : `not admitted: ${unmetText(item)}`;
      const what = `${advertisement.name} (${advertisement.id})`;
      return { what, where: item.workgroup.address, who: party(item), how };
    }
    case "session": {
      const how = `${item.state} as ${item.side} since ${item.since}`;
      return { what: item.session, where: item.workgroup, who: party(item), how };
    }
    case "forgotten":
      return {
        what: item.fact,
        where: `${item.stream} ${item.position}`,
        who: "",
        how: "not known any more",
      };
    default:
      return unknownItem(item);
  }
}

const unknownItem = (item: never): never => {
  throw new TypeError(`no line for ${JSON.stringify(item)}`);
};

const columns: readonly Column<ReachedView>[] = [
  { title: "kind", of: ({ kind }) => kind },
  { title: "what", of: (item) => lineOf(item).what },
  { title: "where", of: (item) => lineOf(item).where },
  { title: "who", of: (item) => lineOf(item).who },
  { title: "how", of: (item) => lineOf(item).how },
];

function forPeople({ agent, at, standing, items }: BlastRadiusView): string {
  const head = plain(`${agent.name} (${agent.id}) at ${at}: ${standing ?? "not there yet"}`);
  return items.length === 0 ? head : `${head}\n\n${table(items, columns)}`;
}
