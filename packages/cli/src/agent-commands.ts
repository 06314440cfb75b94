/** `parley agent`: the named software participants of one's organisation, and the tokens by which their copies enrol. */
import { agentSchema, changedAgentSchema, enrolmentTokenSchema, mintedTokenSchema } from "@parley/protocol";
import type { Command } from "commander";
import { answer, detailsOf, json, list, type PageOptions, read } from "./answer.js";
import { agentColumns, agentDetails, tokenColumns } from "./columns.js";
import { tellClosed } from "./cut.js";
import { parseCount, parseDuration } from "./duration.js";
import { invocationOf, type Outside, type Speaker, speaking } from "./invocation.js";
import { withPages } from "./list-options.js";
import { tellToken } from "./minted.js";
import { agentId } from "./naming.js";
import { addReachCommands } from "./reach-commands.js";
import { addStandingCommands } from "./standing-commands.js";
import { changedTags, parseTags } from "./tags.js";

export function addAgentCommands(agent: Command, outside: Outside): void {
  addCreate(agent, outside);
  addLists(agent, outside);
  addChanges(agent, outside);
  addToken(agent, outside);
  addReachCommands(agent, outside);
  addStandingCommands(agent, outside, {
    noun: "agent",
    argument: "agent",
    path: "/v1/agents",
    idOf: agentId,
  });
}

function addCreate(agent: Command, outside: Outside): void {
  agent
    .command("create")
    .description("create an agent")
    .argument("<name>")
    .requiredOption("--owner <contact>", "who is accountable for it, and how to reach them")
    .option("--tag <key=value...>", "what your organisation says of it")
    .action(async (name: string, options: { owner: string; tag?: string[] }, command: Command) => {
      const invocation = invocationOf(command, outside);
      const body = { name, owner: options.owner, tags: parseTags(options.tag ?? []) };
      await speaking(invocation, async (speaker) => {
        const made = await read(speaker, agentSchema, { method: "POST", path: "/v1/agents", body });
        answer(invocation, made, detailsOf(agentDetails));
      });
    });
}

function addLists(agent: Command, outside: Outside): void {
  withPages(agent.command("list").description("all agents of your organisation")).action(
    async (options: PageOptions, command: Command) => {
      const invocation = invocationOf(command, outside);
      const listing = {
        path: "/v1/agents",
        item: agentSchema,
        columns: agentColumns,
        none: "There are no agents yet: `parley agent create NAME --owner CONTACT`.",
      };
      await speaking(invocation, (speaker) => list(invocation, speaker, listing, options));
    },
  );

  agent
    .command("show")
    .description("one agent")
    .argument("<agent>")
    .action(async (text: string, _options, command: Command) => {
      const invocation = invocationOf(command, outside);
      await speaking(invocation, async (speaker) => {
        const shown = await read(speaker, agentSchema, { method: "GET", path: await pathOf(speaker, text) });
        answer(invocation, shown, detailsOf(agentDetails));
      });
    });

  withPages(agent.command("tokens").description("an agent's enrolment tokens").argument("<agent>")).action(
    async (text: string, options: PageOptions, command: Command) => {
      const invocation = invocationOf(command, outside);
      await speaking(invocation, async (speaker) => {
        const path = `${await pathOf(speaker, text)}/enrolment-tokens`;
        const listing = {
          path,
          item: enrolmentTokenSchema,
          columns: tokenColumns,
          none: "There are no tokens.",
        };
        await list(invocation, speaker, listing, options);
      });
    },
  );
}

function addChanges(agent: Command, outside: Outside): void {
  agent
    .command("tag")
    .description("set tags with KEY=VALUE, take them away with KEY-")
    .argument("<agent>")
    .argument("<tags...>")
    .action(async (text: string, changes: string[], _options, command: Command) => {
      const invocation = invocationOf(command, outside);
      await speaking(invocation, async (speaker) => {
        const path = await pathOf(speaker, text);
        const { tags, version } = (await read(speaker, agentSchema, { method: "GET", path })).value;
        const body = { tags: changedTags(tags, changes) };
        const ask = { method: "PATCH", path, body, ifMatch: version } as const;
        const changed = await read(speaker, changedAgentSchema, ask);
        answer(invocation, changed, detailsOf(agentDetails));
        tellClosed(invocation, changed.value.cut);
      });
    });

  agent
    .command("owner")
    .description("say who is accountable for an agent from now on")
    .argument("<agent>")
    .argument("<contact>")
    .action(async (text: string, owner: string, _options, command: Command) => {
      const invocation = invocationOf(command, outside);
      await speaking(invocation, async (speaker) => {
        const path = await pathOf(speaker, text);
        const { version } = (await read(speaker, agentSchema, { method: "GET", path })).value;
        const ask = { method: "PATCH", path, body: { owner }, ifMatch: version } as const;
        answer(invocation, await read(speaker, agentSchema, ask), detailsOf(agentDetails));
      });
    });
}

interface TokenOptions {
  readonly uses?: number;
  readonly expiresIn?: number;
  readonly ephemeral?: boolean;
}

function addToken(agent: Command, outside: Outside): void {
  agent
    .command("token")
    .description("mint an enrolment token: whoever redeems it becomes an instance of the agent")
    .argument("<agent>")
    .option("--uses <n>", "how many instances may enrol with it (default 1, at most 100)", parseCount)
    .option(
      "--expires-in <duration>",
      "how long it works: 90s, 15m, 1h (default), at most 30d",
      parseDuration,
    )
    .option("--ephemeral", "the instances end an hour after they were last connected")
    .action(async (text: string, options: TokenOptions, command: Command) => {
      const invocation = invocationOf(command, outside);
      await speaking(invocation, async (speaker) => {
        const path = `${await pathOf(speaker, text)}/enrolment-tokens`;
        const { uses, expiresIn, ephemeral } = options;
        const body = { uses, expiresInSeconds: expiresIn, ephemeral };
        const made = await read(speaker, mintedTokenSchema, { method: "POST", path, body });
        if (invocation.json) return invocation.terminal.out(json(made.body));
        tellToken(
          invocation.terminal,
          made.value,
          (token) => `parley agent enrol --broker ${speaker.issuer} --token ${token} --profile NAME`,
        );
      });
    });
}

const pathOf = async (speaker: Speaker, text: string): Promise<string> =>
  `/v1/agents/${await agentId(speaker, text)}`;
