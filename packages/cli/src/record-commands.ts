/** `parley alert` and `parley broker-key`: what needs attention, and what the record is signed with. */
import { alertSchema, rotateBrokerKeyRequest } from "@parley/protocol";
import { Argument, type Command } from "commander";
import { z } from "zod";
import { answer, list, type PageOptions, read } from "./answer.js";
import { alertColumns } from "./columns.js";
import { invocationOf, type Outside, speaking } from "./invocation.js";
import { withPages } from "./list-options.js";

export function addRecordCommands(program: Command, outside: Outside): void {
  const alert = program.command("alert").description("what needs somebody's attention");
  withPages(alert.command("list").description("all alerts")).action(
    async (options: PageOptions, command: Command) => {
      const invocation = invocationOf(command, outside);
      const listing = {
        path: "/v1/alerts",
        item: alertSchema,
        columns: alertColumns,
        none: "There are no alerts.",
      };
      await speaking(invocation, (speaker) => list(invocation, speaker, listing, options));
    },
  );

  program
    .command("broker-key")
    .description("the broker's own keys")
    .command("rotate")
    .description("begin a new key; the old one goes on verifying what it has signed (platform)")
    .addArgument(new Argument("<use>").choices(rotateBrokerKeyRequest.shape.use.options))
    .action(async (use: string, _options, command: Command) => {
      const invocation = invocationOf(command, outside);
      await speaking(invocation, async (speaker) => {
        const ask = { method: "POST", path: "/v1/broker-keys/rotate", body: { use } } as const;
        const rotated = await read(speaker, z.object({ kid: z.string() }), ask);
        answer(invocation, rotated, ({ kid }) => `the ${use} key is now ${kid}`);
      });
    });
}
