/** `parley audit`: what has happened, looked for in the record; a page for people, or all of it for programs. */

import { ParleyFault } from "@parley/agent-sdk";
import { type FactView, factSchema, isId, pageOf } from "@parley/protocol";
import { type Command, Option } from "commander";
import { jsonLine, list, type PageOptions, read } from "./answer.js";
import { addAuditVerify } from "./audit-verify.js";
import { factColumns } from "./columns.js";
import { addExportCommands } from "./export-command.js";
import { type Invocation, invocationOf, type Outside, type Speaker, speaking } from "./invocation.js";
import { withPages } from "./list-options.js";
import { agentId, contractId, idOf, workgroupAt } from "./naming.js";
import { ocsfOf } from "./ocsf.js";
import { growingTable, plain } from "./table.js";
import { mayPass } from "./transcript-commands.js";

interface Filter {
  readonly kind?: string;
  readonly decision?: string;
  readonly from?: string;
  readonly to?: string;
  readonly actor?: string;
  readonly agent?: string;
  readonly instance?: string;
  readonly workgroup?: string;
  readonly session?: string;
  readonly contract?: string;
  readonly correlation?: string;
  readonly stream?: string;
}

interface FactsOptions extends PageOptions, Filter {
  readonly ndjson?: true;
  readonly ocsf?: true;
}

/** How one fact is written on a line of its own. */
type Line = (fact: FactView, body: unknown) => string;
const asItIs: Line = (_fact, body) => jsonLine(body);
const asOcsf: Line = (fact) => jsonLine(ocsfOf(fact));

const withFilter = (command: Command): Command =>
  command
    .option("--kind <kind>", "only facts of this kind, like agent.revoked, or of several: session.*")
    .addOption(
      new Option("--decision <decision>", "only what was done, or what was refused").choices([
        "accepted",
        "refused",
      ]),
    )
    .option("--from <time>", "not before this time, like 2026-01-05T09:00:00Z")
    .option("--to <time>", "before this time")
    .option("--actor <id>", "only what this operator, instance or enrolment token did; or the broker")
    .option("--agent <agent>", "only what is about this agent, and the sessions of which it is a side")
    .option("--instance <instance>", "only what names this instance")
    .option("--workgroup <workgroup>", "only what is about this workgroup, and the sessions in it")
    .option("--session <session>", "only what is about this session")
    .option("--contract <contract>", "only what is about this contract, and the sessions under it")
    .option(
      "--correlation <id>",
      "only what one command came to, or envelopes whose header has this correlationId",
    )
    .option("--stream <stream>", "only of this stream: org:org_…, workgroup:wkg_…, session:ses_…");

const ocsfOption = (text: string): Option => new Option("--ocsf", text).conflicts("ndjson");

interface FollowOptions extends Filter {
  readonly after?: string;
  readonly ocsf?: true;
}

export function addAuditCommands(program: Command, outside: Outside): void {
  const audit = program.command("audit").description("the record");
  addExportCommands(audit, outside);
  addAuditVerify(audit, outside);
  const facts = audit
    .command("facts")
    .description("what has happened, in order: all that your organisation reads, or the broker's own record");
  withPages(withFilter(facts))
    .addOption(
      new Option("--ndjson", "all of it, over all pages, one fact as JSON on each line").conflicts("limit"),
    )
    .addOption(ocsfOption("all of it as events of OCSF 1.3, one on each line").conflicts("limit"))
    .action(async (options: FactsOptions, command: Command) => {
      const invocation = invocationOf(command, outside);
      const { ndjson, ocsf, limit, cursor, ...filter } = options;
      await speaking(invocation, async (speaker) => {
        const query = await meant(speaker, filter);
        if (ndjson || ocsf)
          await tellAll(invocation, speaker, query, { cursor, line: ocsf ? asOcsf : asItIs });
        else await listed(invocation, speaker, query, options);
      });
    });

  withFilter(
    audit
      .command("follow")
      .description("what has happened, and then what happens, line by line, until it is stopped"),
  )
    .addOption(ocsfOption("each as an event of OCSF 1.3, on a line of its own"))
    .option("--after <id>", "go on where an earlier one was stopped, with the same filters")
    .addHelpText(
      "after",
      `
Without --after it begins with the record; --from begins later. What others add to shared streams is told once its second
is over. It comes back by itself when the connection is lost. With --json each line is one fact. While it runs, the profile is taken.`,
    )
    .action(async ({ after, ocsf, ...filter }: FollowOptions, command: Command) => {
      await follow(invocationOf(command, outside), filter, { after, ocsf: ocsf === true });
    });
}

/** What has come so far: where to go on. */
interface Followed {
  after: string | undefined;
}

/** Line by line, as it comes. The broker ends a stream with the access token: then it is asked for again. */
async function follow(
  invocation: Invocation,
  typed: Filter,
  { after, ocsf }: { readonly after: string | undefined; readonly ocsf: boolean },
): Promise<void> {
  const { terminal, json, stop, pause } = invocation;
  const lineOf = lineFor(json, ocsf);
  const followed: Followed = { after };
  for (let [isFirst, isInTrouble] = [true, false]; !stop.aborted; isFirst = false) {
    try {
      await speaking(invocation, async (speaker) => {
        const query = { ...(await meant(speaker, typed)) };
        for await (const { id, data } of speaker.events({ path: streamPath, query, after: followed.after })) {
          if (data !== undefined) terminal.out(lineOf(factIn(data), JSON.parse(data)));
          [followed.after, isFirst, isInTrouble] = [id, false, false];
        }
      });
    } catch (error) {
      if (stop.aborted) break;
      if (isFirst || !mayPass(error)) throw error;
      if (!isInTrouble && !json) terminal.note(plain(`trouble: ${error.message}`));
      isInTrouble = true;
    }
    await pause(1, stop);
  }
  if (followed.after !== undefined) terminal.note(`Go on with --after ${followed.after}`);
}

function lineFor(json: boolean, ocsf: boolean): Line {
  if (ocsf) return asOcsf;
  if (json) return asItIs;
  const lines = growingTable(factColumns);
  return (fact) => lines([fact]);
}

const streamPath = "/v1/audit/stream";

function factIn(data: string): FactView {
  const parsed = factSchema.safeParse(JSON.parse(data));
  if (parsed.success) return parsed.data;
  throw new ParleyFault(
    `${streamPath}: what the broker tells makes no sense to this version of parley`,
    "never",
  );
}

/** Names become what they mean now; an id is taken as it is, also of what is gone. */
async function meant(speaker: Speaker, filter: Filter): Promise<Filter> {
  const { agent, instance, workgroup, session, contract } = filter;
  return {
    ...filter,
    ...(agent !== undefined && { agent: await agentId(speaker, agent) }),
    ...(instance !== undefined && { instance: idOf("instance", instance) }),
    ...(workgroup !== undefined && { workgroup: await workgroupId(speaker, workgroup) }),
    ...(session !== undefined && { session: idOf("session", session) }),
    ...(contract !== undefined && { contract: await contractId(speaker, contract) }),
  };
}

const workgroupId = async (speaker: Speaker, text: string): Promise<string> =>
  isId("workgroup", text) ? text : (await workgroupAt(speaker, text)).id;

const path = "/v1/audit/facts";

async function listed(
  invocation: Invocation,
  speaker: Speaker,
  filter: Filter,
  { limit, cursor }: PageOptions,
): Promise<void> {
  const isAny = Object.values(filter).every((one) => one === undefined);
  const none = isAny ? "There are no facts." : "There are no such facts.";
  const listing = { path, item: factSchema, columns: factColumns, query: { ...filter }, none };
  const pages = { ...(limit !== undefined && { limit }), ...(cursor !== undefined && { cursor }) };
  await list(invocation, speaker, listing, pages);
}

const page = pageOf(factSchema);

/** Page after page; nothing of it is kept. Where it breaks off, it says from where to go on. */
async function tellAll(
  { terminal }: Invocation,
  speaker: Speaker,
  filter: Filter,
  { cursor: from, line }: { readonly cursor: string | undefined; readonly line: Line },
): Promise<void> {
  let cursor = from;
  try {
    for (;;) {
      const query = { ...filter, limit: 200, cursor };
      const { body, value } = await read(speaker, page, { method: "GET", path, query });
      const items = (body as { readonly items: readonly unknown[] }).items;
      const lines = value.items.map((fact, at) => line(fact, items[at]));
      if (lines.length > 0) terminal.out(lines.join("\n"));
      if (value.nextCursor === null) return;
      cursor = value.nextCursor;
    }
  } catch (error) {
    if (cursor !== undefined) terminal.note(`It broke off: go on with --cursor ${cursor}`);
    throw error;
  }
}
