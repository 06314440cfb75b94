/** `parley org`: tenants of the broker, by the platform; one's own, by its operators. */
import {
  type MintedTokenView,
  mintedTokenSchema,
  operatorSchema,
  organisationSchema,
} from "@parley/protocol";
import type { Command } from "commander";
import { z } from "zod";
import { answer, detailsOf, json, list, type PageOptions, read } from "./answer.js";
import { organisationColumns } from "./columns.js";
import { parseDuration } from "./duration.js";
import { invocationOf, type Outside, speaking } from "./invocation.js";
import { withPages } from "./list-options.js";
import { tellToken } from "./minted.js";
import { organisationId } from "./naming.js";
import { addStandingCommands } from "./standing-commands.js";
import { details } from "./table.js";

const created = z.object({
  organisation: organisationSchema,
  operator: operatorSchema,
  token: mintedTokenSchema,
});
const recovered = z.object({ operator: operatorSchema, token: mintedTokenSchema });

export function addOrganisationCommands(program: Command, outside: Outside): void {
  const org = program.command("org").description("organisations");

  addCreate(org, outside);
  withPages(org.command("list").description("all organisations (platform)")).action(
    async (options: PageOptions, command: Command) => {
      const invocation = invocationOf(command, outside);
      await speaking(invocation, (speaker) =>
        list(
          invocation,
          speaker,
          {
            path: "/v1/organisations",
            item: organisationSchema,
            columns: organisationColumns,
            none: "There are no organisations yet: `parley org create NAME`.",
          },
          options,
        ),
      );
    },
  );

  org
    .command("show")
    .description("one organisation; without a name, your own")
    .argument("[organisation]")
    .action(async (text: string | undefined, _options, command: Command) => {
      const invocation = invocationOf(command, outside);
      await speaking(invocation, async (speaker) => {
        const path = `/v1/organisations/${await organisationId(speaker, text)}`;
        const shown = await read(speaker, organisationSchema, { method: "GET", path });
        answer(invocation, shown, detailsOf(organisationColumns));
      });
    });

  addRecover(org, outside);
  addStandingCommands(org, outside, {
    noun: "organisation",
    argument: "organisation",
    path: "/v1/organisations",
    idOf: organisationId,
  });
}

interface CreateOptions {
  readonly displayName?: string;
  readonly adminName?: string;
  readonly expiresIn?: number;
}

const bodyOf = ({ expiresIn, ...rest }: CreateOptions) => ({
  ...rest,
  ...(expiresIn !== undefined && { expiresInSeconds: expiresIn }),
});

function addCreate(org: Command, outside: Outside): void {
  org
    .command("create")
    .description("create an organisation, with an enrolment token for its first admin (platform)")
    .argument("<name>")
    .option("--display-name <text>", "as people write it")
    .option("--admin-name <name>", "the first admin's name")
    .option(
      "--expires-in <duration>",
      "how long the token works: 90s, 15m, 1h (default), at most 30d",
      parseDuration,
    )
    .action(async (name: string, options: CreateOptions, command: Command) => {
      const invocation = invocationOf(command, outside);
      await speaking(invocation, async (speaker) => {
        const ask = {
          method: "POST",
          path: "/v1/organisations",
          body: { name, ...bodyOf(options) },
        } as const;
        const made = await read(speaker, created, ask);
        if (invocation.json) return invocation.terminal.out(json(made.body));
        invocation.terminal.out(details(made.value.organisation, organisationColumns));
        tellAdminToken(invocation.terminal, speaker.issuer, made.value.token, name);
      });
    });
}

function addRecover(org: Command, outside: Outside): void {
  org
    .command("recover")
    .description(
      "mint an admin's token for an organisation that has lost its own; works after 72 h (platform)",
    )
    .argument("<organisation>")
    .option("--admin-name <name>", "the new admin's name")
    .option(
      "--expires-in <duration>",
      "how long the token works: 90s, 15m, 7d (default), at most 30d",
      parseDuration,
    )
    .action(async (text: string, options: CreateOptions, command: Command) => {
      const invocation = invocationOf(command, outside);
      await speaking(invocation, async (speaker) => {
        const path = `/v1/organisations/${await organisationId(speaker, text)}/recovery-tokens`;
        const made = await read(speaker, recovered, { method: "POST", path, body: bodyOf(options) });
        if (invocation.json) return invocation.terminal.out(json(made.body));
        invocation.terminal.note(`The admins of ${text} are alerted, and any of them can void this token.`);
        tellAdminToken(invocation.terminal, speaker.issuer, made.value.token, text);
      });
    });
}

function tellAdminToken(
  terminal: Outside["terminal"],
  issuer: string,
  minted: MintedTokenView,
  profile: string,
): void {
  tellToken(
    terminal,
    minted,
    (token) => `parley init --broker ${issuer} --token ${token} --profile ${profile}`,
  );
}
