/** `parley operator`: the people and automations that act for an organisation, or for the broker itself. */
import { enrolmentTokenSchema, mintedTokenSchema, operatorSchema, roleSchema } from "@parley/protocol";
import { Argument, type Command, Option } from "commander";
import { z } from "zod";
import { answer, detailsOf, json, list, type PageOptions, read } from "./answer.js";
import { operatorColumns, operatorDetails, tokenColumns } from "./columns.js";
import { parseDuration } from "./duration.js";
import { invocationOf, type Outside, type Speaker, speaking } from "./invocation.js";
import { withPages } from "./list-options.js";
import { tellToken } from "./minted.js";
import { agentId, operatorId } from "./naming.js";
import { addStandingCommands } from "./standing-commands.js";
import { details } from "./table.js";

const invited = z.object({ operator: operatorSchema, token: mintedTokenSchema });

/** The platform's operators are invited, and keep their role; an organisation's can change it. */
const changeableRoles = roleSchema.options.filter((role) => role !== "platform");
const agentsOption = () =>
  new Option(
    "--agents <names>",
    "for an enroller: the agents it may mint tokens for, by name or id, with commas",
  );

interface RoleOptions {
  readonly agents?: string;
}

async function agentIds(speaker: Speaker, { agents }: RoleOptions): Promise<{ readonly agents?: string[] }> {
  if (agents === undefined) return {};
  const names = agents.split(",").filter((name) => name !== "");
  return { agents: await Promise.all(names.map((name) => agentId(speaker, name))) };
}

export function addOperatorCommands(program: Command, outside: Outside): void {
  const operator = program.command("operator").description("operators");
  addInvite(operator, outside);
  addRole(operator, outside);

  withPages(
    operator.command("list").description("all operators of your organisation, or of the broker"),
  ).action(async (options: PageOptions, command: Command) => {
    const invocation = invocationOf(command, outside);
    const listing = {
      path: "/v1/operators",
      item: operatorSchema,
      columns: operatorColumns,
      none: "There are no operators that you may see.",
    };
    await speaking(invocation, (speaker) => list(invocation, speaker, listing, options));
  });

  operator
    .command("show")
    .description("one operator")
    .argument("<operator>")
    .action(async (text: string, _options, command: Command) => {
      const invocation = invocationOf(command, outside);
      await speaking(invocation, async (speaker) => {
        const path = `/v1/operators/${await operatorId(speaker, text)}`;
        answer(
          invocation,
          await read(speaker, operatorSchema, { method: "GET", path }),
          detailsOf(operatorDetails),
        );
      });
    });

  withPages(
    operator.command("tokens").description("an operator's enrolment tokens").argument("<operator>"),
  ).action(async (text: string, options: PageOptions, command: Command) => {
    const invocation = invocationOf(command, outside);
    await speaking(invocation, async (speaker) => {
      const path = `/v1/operators/${await operatorId(speaker, text)}/enrolment-tokens`;
      const listing = {
        path,
        item: enrolmentTokenSchema,
        columns: tokenColumns,
        none: "There are no tokens.",
      };
      await list(invocation, speaker, listing, options);
    });
  });

  addStandingCommands(operator, outside, {
    noun: "operator",
    argument: "operator",
    path: "/v1/operators",
    idOf: operatorId,
  });
}

function addInvite(operator: Command, outside: Outside): void {
  operator
    .command("invite")
    .description("invite an operator: the answer has the enrolment token")
    .argument("<name>")
    .addOption(
      new Option("--role <role>", "what it may do").choices(roleSchema.options).makeOptionMandatory(),
    )
    .addOption(agentsOption())
    .option(
      "--expires-in <duration>",
      "how long the token works: 90s, 15m, 1h (default), at most 30d",
      parseDuration,
    )
    .action(async (name: string, options: InviteOptions, command: Command) => {
      const invocation = invocationOf(command, outside);
      await speaking(invocation, async (speaker) => {
        const { role, expiresIn } = options;
        const agents = await agentIds(speaker, options);
        const body = { name, role, ...agents, expiresInSeconds: expiresIn };
        const made = await read(speaker, invited, { method: "POST", path: "/v1/operators", body });
        if (invocation.json) return invocation.terminal.out(json(made.body));
        invocation.terminal.out(details(made.value.operator, operatorColumns));
        tellToken(
          invocation.terminal,
          made.value.token,
          (token) => `parley init --broker ${speaker.issuer} --token ${token} --profile ${name}`,
        );
      });
    });
}

interface InviteOptions extends RoleOptions {
  readonly role: string;
  readonly expiresIn?: number;
}

function addRole(operator: Command, outside: Outside): void {
  operator
    .command("role")
    .description("change what an operator may do")
    .argument("<operator>")
    .addArgument(new Argument("<role>").choices(changeableRoles))
    .addOption(agentsOption())
    .action(async (text: string, role: string, options: RoleOptions, command: Command) => {
      const invocation = invocationOf(command, outside);
      await speaking(invocation, async (speaker) => {
        const path = `/v1/operators/${await operatorId(speaker, text)}`;
        const { version } = (await read(speaker, operatorSchema, { method: "GET", path })).value;
        const body = { role, ...(await agentIds(speaker, options)) };
        const changed = await read(speaker, operatorSchema, {
          method: "PATCH",
          path,
          body,
          ifMatch: version,
        });
        answer(invocation, changed, detailsOf(operatorDetails));
      });
    });
}
