/** `parley instance` and `parley token`: the running copies of an agent, and taking back a token that nobody has redeemed. */
import { enrolmentTokenSchema, instanceSchema } from "@parley/protocol";
import type { Command } from "commander";
import { answer, detailsOf, list, type PageOptions, read } from "./answer.js";
import { instanceColumns, instanceDetails, tokenColumns } from "./columns.js";
import { confirmed, invocationOf, type Outside, speaking } from "./invocation.js";
import { withPages } from "./list-options.js";
import { agentId, idOf } from "./naming.js";
import { addStandingCommands } from "./standing-commands.js";

export function addInstanceCommands(program: Command, outside: Outside): void {
  const instance = program.command("instance").description("running copies of agents");

  withPages(instance.command("list").description("all instances of an agent").argument("<agent>")).action(
    async (text: string, options: PageOptions, command: Command) => {
      const invocation = invocationOf(command, outside);
      await speaking(invocation, async (speaker) => {
        const path = `/v1/agents/${await agentId(speaker, text)}/instances`;
        const none = `No instance of ${text} has enrolled: \`parley agent token ${text}\`.`;
        await list(
          invocation,
          speaker,
          { path, item: instanceSchema, columns: instanceColumns, none },
          options,
        );
      });
    },
  );

  instance
    .command("show")
    .description("one instance")
    .argument("<instance>")
    .action(async (text: string, _options, command: Command) => {
      const invocation = invocationOf(command, outside);
      const path = `/v1/instances/${idOf("instance", text)}`;
      await speaking(invocation, async (speaker) => {
        answer(
          invocation,
          await read(speaker, instanceSchema, { method: "GET", path }),
          detailsOf(instanceDetails),
        );
      });
    });

  addStandingCommands(instance, outside, {
    noun: "instance",
    argument: "instance",
    path: "/v1/instances",
    idOf: async (_speaker, text) => idOf("instance", text),
  });

  addVoid(program, outside);
}

function addVoid(program: Command, outside: Outside): void {
  program
    .command("token")
    .description("enrolment tokens")
    .command("void")
    .description("take back an enrolment token for ever")
    .argument("<token>", "its id, like etk_…")
    .action(async (text: string, _options, command: Command) => {
      const invocation = invocationOf(command, outside);
      const path = `/v1/enrolment-tokens/${idOf("enrolmentToken", text)}/void`;
      await confirmed(invocation, `void the token ${text}`);
      await speaking(invocation, async (speaker) => {
        answer(
          invocation,
          await read(speaker, enrolmentTokenSchema, { method: "POST", path }),
          detailsOf(tokenColumns),
        );
      });
    });
}
