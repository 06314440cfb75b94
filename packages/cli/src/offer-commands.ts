/** `parley advertise`, `parley retract`, `parley catalog`: what one's agents offer, and what they may engage. */
import { shownTermsDigest } from "@parley/agent-sdk";
import {
  advertisementSchema,
  agentSchema,
  catalogItemSchema,
  contractSchema,
  cutSchema,
  interactionPatterns,
  type SaidAdvertisement,
  workgroupSchema,
} from "@parley/protocol";
import { type Command, Option } from "commander";
import { z } from "zod";
import { answer, detailsOf, list, type PageOptions, read } from "./answer.js";
import { tellClosed } from "./cut.js";
import { advertisementColumns, advertisementDetails, catalogColumns } from "./engagement-columns.js";
import { type Invocation, invocationOf, type Outside, type Speaker, speaking } from "./invocation.js";
import { withPages } from "./list-options.js";
import { agentId, contractId, idOf, segment, workgroupPath } from "./naming.js";

interface AdvertiseOptions {
  readonly capability: readonly string[];
  readonly workgroup: readonly string[];
  readonly contract: string;
  readonly description?: string;
  readonly pattern?: SaidAdvertisement["patterns"];
}

export function addOfferCommands(program: Command, outside: Outside): void {
  addAdvertise(program, outside);
  program
    .command("retract")
    .description("take an advertisement back: open proposals are closed, accepted sessions go on")
    .argument("<agent>")
    .argument("<name>")
    .action(async (agent: string, name: string, _options, command: Command) => {
      const invocation = invocationOf(command, outside);
      await speaking(invocation, async (speaker) => {
        const path = `/v1/agents/${await agentId(speaker, agent)}/advertisements/${segment(name)}`;
        const retracted = await read(speaker, z.object({ cut: cutSchema }), { method: "DELETE", path });
        answer(invocation, retracted, () => `Retracted: ${name}.`);
        tellClosed(invocation, retracted.value.cut);
      });
    });
  addCatalog(program, outside);
}

function addAdvertise(program: Command, outside: Outside): void {
  program
    .command("advertise")
    .description("sign and publish what an agent offers; the same name again replaces it")
    .argument("<agent>")
    .argument("<name>")
    .requiredOption(
      "--capability <name...>",
      "what it can do, like markets.equity, or markets.equity=DESCRIPTION",
    )
    .requiredOption("--workgroup <workgroup...>", "where it is shown")
    .option(
      "--contract <contract>",
      "the terms that bind whoever engages it; their newest version",
      "default",
    )
    .option("--description <text>", "what it is")
    .addOption(new Option("--pattern <pattern...>", "how it talks").choices(interactionPatterns))
    .action(async (agent: string, name: string, options: AdvertiseOptions, command: Command) => {
      const invocation = invocationOf(command, outside);
      const last = segment(name);
      await speaking(invocation, async (speaker) => {
        const said = await saidBy(speaker, agent, name, options);
        const { agent: id, name: _name, ...content } = said;
        const body = { ...content, statement: await speaker.statements.advertisement(said) };
        const path = `/v1/agents/${id}/advertisements/${last}`;
        const published = await read(speaker, advertisementSchema, { method: "PUT", path, body });
        answer(invocation, published, detailsOf(advertisementDetails));
      });
    });

  withPages(
    program.command("advertisements").description("what an agent of yours offers").argument("<agent>"),
  ).action(async (agent: string, options: PageOptions, command: Command) => {
    const invocation = invocationOf(command, outside);
    await speaking(invocation, async (speaker) => {
      const path = `/v1/agents/${await agentId(speaker, agent)}/advertisements`;
      const none = "It offers nothing: `parley advertise AGENT NAME --capability C --workgroup W`.";
      const listing = { path, item: advertisementSchema, columns: advertisementColumns, none };
      await list(invocation, speaker, listing, options);
    });
  });
}

async function saidBy(
  speaker: Speaker,
  agent: string,
  name: string,
  { capability, workgroup, contract, description, pattern }: AdvertiseOptions,
): Promise<SaidAdvertisement> {
  const agentPath = `/v1/agents/${await agentId(speaker, agent)}`;
  const { id } = (await read(speaker, agentSchema, { method: "GET", path: agentPath })).value;
  const workgroups: SaidAdvertisement["workgroups"][number][] = [];
  for (const text of workgroup) {
    const ask = { method: "GET", path: workgroupPath(text) } as const;
    workgroups.push((await read(speaker, workgroupSchema, ask)).value.id);
  }
  const path = `/v1/contracts/${await contractId(speaker, contract)}`;
  const terms = (await read(speaker, contractSchema, { method: "GET", path })).value;
  return {
    agent: id,
    name,
    description,
    capabilities: capability.map(capabilityOf),
    patterns: pattern,
    workgroups,
    contract: { id: terms.id, termsDigest: await shownTermsDigest(terms.latest) },
  };
}

function capabilityOf(text: string): { readonly name: string; readonly description?: string } {
  const at = text.indexOf("=");
  return at < 0 ? { name: text } : { name: text.slice(0, at), description: text.slice(at + 1) };
}

interface SearchOptions extends PageOptions {
  readonly agent?: string;
  readonly capability?: string;
  readonly q?: string;
  readonly workgroup?: string;
  readonly organisation?: string;
  readonly pattern?: string;
  readonly available?: boolean;
}

function addCatalog(program: Command, outside: Outside): void {
  const catalog = program.command("catalog").description("what an agent may engage");
  addShow(catalog, outside);
  withPages(
    catalog
      .command("search")
      .description("search it: --as an agent's profile, or as an admin for one with --agent")
      .argument("[words...]", "words in names and descriptions")
      .option("--agent <agent>", "what this agent of yours sees (admin)")
      .option("--capability <name>", "markets.equity exactly; markets.* for all that begin so")
      .option("--workgroup <workgroup>", "only there")
      .option("--organisation <organisation>", "only from them")
      .addOption(new Option("--pattern <pattern>", "how it talks").choices(interactionPatterns))
      .option("--available", "only what has an instance connected now")
      .option("--no-available", "only what has none"),
  ).action(async (words: string[], options: SearchOptions, command: Command) => {
    const invocation = invocationOf(command, outside);
    await speaking(invocation, (speaker) => search(invocation, speaker, words, options));
  });
}

function addShow(catalog: Command, outside: Outside): void {
  catalog
    .command("show")
    .description("one advertisement, with all the terms that a proposal agrees to")
    .argument("<advertisement>", "adv_…, from `parley catalog search`")
    .action(async (text: string, _options, command: Command) => {
      const invocation = invocationOf(command, outside);
      const path = `/v1/advertisements/${idOf("advertisement", text)}`;
      await speaking(invocation, async (speaker) => {
        const shown = await read(speaker, advertisementSchema, { method: "GET", path });
        answer(invocation, shown, detailsOf(advertisementDetails));
        if (invocation.json || shown.value.state !== "active") return;
        const propose = `parley session propose ${shown.value.id} --as AGENT-PROFILE`;
        invocation.terminal.note(`To engage it under these terms: \`${propose}\`.`);
      });
    });
}

async function search(
  invocation: Invocation,
  speaker: Speaker,
  words: readonly string[],
  { agent, available, limit, cursor, ...filter }: SearchOptions,
): Promise<void> {
  const query = {
    ...filter,
    q: words.length === 0 ? undefined : words.join(" "),
    available: available === undefined ? undefined : String(available),
    agent: agent === undefined ? undefined : await agentId(speaker, agent),
  };
  const none = "Nothing is found that this agent may engage.";
  const listing = { path: "/v1/catalog", item: catalogItemSchema, columns: catalogColumns, query, none };
  const found = await list(invocation, speaker, listing, {
    ...(limit === undefined ? {} : { limit }),
    ...(cursor === undefined ? {} : { cursor }),
  });
  if (found > 0 && !invocation.json) {
    invocation.terminal.note("With all its terms: `parley catalog show ADVERTISEMENT`.");
  }
}
