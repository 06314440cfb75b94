/** `parley alert`, `parley audit`, `parley broker-key`: what needs attention, what has happened, what it is signed with. */
import { alertSchema, factSchema, rotateBrokerKeyRequest } from "@parley/protocol";
import { Argument, type Command } from "commander";
import { z } from "zod";
import { answer, list, type PageOptions, read } from "./answer.js";
import { addAuditVerify } from "./audit-verify.js";
import { alertColumns, factColumns } from "./columns.js";
import { addExportCommands } from "./export-command.js";
import { invocationOf, type Outside, speaking } from "./invocation.js";
import { withPages } from "./list-options.js";

interface FactsOptions extends PageOptions {
  readonly kind?: string;
  readonly stream?: string;
}

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

  const audit = program.command("audit").description("the record");
  addExportCommands(audit, outside);
  withPages(
    audit
      .command("facts")
      .description("what has happened, in order: your organisation's record, or the broker's own")
      .option(
        "--stream <stream>",
        "of a workgroup or session in which you are: workgroup:wkg_…, session:ses_…",
      )
      .option("--kind <kind>", "only facts of this kind, like agent.revoked"),
  ).action(async ({ kind, stream, ...pages }: FactsOptions, command: Command) => {
    const invocation = invocationOf(command, outside);
    const none = kind === undefined ? "There are no facts." : `There are no facts of the kind ${kind}.`;
    const listing = {
      path: "/v1/audit/facts",
      item: factSchema,
      columns: factColumns,
      query: { kind, stream },
      none,
    };
    await speaking(invocation, (speaker) => list(invocation, speaker, listing, pages));
  });
  addAuditVerify(audit, outside);

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
