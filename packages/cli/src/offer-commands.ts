/** `parley advertise`, `parley retract`, `parley catalog`: what one's agents offer, and what they may engage. */
import { advertisementSchema, catalogItemSchema, cutSchema, interactionPatterns } from "@parley/protocol";
import { type Command, Option } from "commander";
import { z } from "zod";
import { answer, detailsOf, list, type PageOptions, read } from "./answer.js";
import { tellClosed } from "./cut.js";
import { advertisementColumns, advertisementDetails, catalogColumns } from "./engagement-columns.js";
import { type Invocation, invocationOf, type Outside, type Speaker, speaking } from "./invocation.js";
import { withPages } from "./list-options.js";
import { agentId, idOf, segment } from "./naming.js";
import { type AdvertiseOptions, saidOffer } from "./said-offer.js";

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
    .addOption(
      new Option(
        "--file <file>",
        "all of it as JSON, - for standard input: also schemas and metadata, which flags cannot say",
      ).conflicts("capability"),
    )
    .option("--capability <name...>", "what it can do, like markets.equity, or markets.equity=DESCRIPTION")
    .option("--workgroup <workgroup...>", "where it is shown")
    .option(
      "--contract <contract>",
      "the terms that bind whoever engages it, their newest version: `default` where nothing is said",
    )
    .option("--description <text>", "what it is")
    .addOption(new Option("--pattern <pattern...>", "how it talks").choices(interactionPatterns))
    .action(async (agent: string, name: string, options: AdvertiseOptions, command: Command) => {
      const invocation = invocationOf(command, outside);
      await speaking(invocation, async (speaker) => {
        const { said, path, ifMatch, kept } = await saidOffer(invocation, speaker, [agent, name], options);
        const { agent: _agent, name: _name, ...content } = said;
        const body = { ...content, statement: await speaker.statements.advertisement(said) };
        const ask = { method: "PUT", path, body, ...(ifMatch !== undefined && { ifMatch }) } as const;
        answer(invocation, await read(speaker, advertisementSchema, ask), detailsOf(advertisementDetails));
        for (const note of kept) invocation.terminal.note(note);
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
