/** `parley workgroup`: the boundary inside which agents of different organisations see each other. */
import { isRefused, ParleyFault } from "@parley/agent-sdk";
import { admissionSchema, cutSchema, isId, workgroupSchema } from "@parley/protocol";
import { type Command, Option } from "commander";
import { z } from "zod";
import { answer, detailsOf, list, type PageOptions, read } from "./answer.js";
import { tellClosed } from "./cut.js";
import { workgroupColumns, workgroupDetails } from "./engagement-columns.js";
import { addConsentCommands, addInviteCommands } from "./invitation-commands.js";
import {
  confirmed,
  type Invocation,
  invocationOf,
  type Outside,
  type Speaker,
  speaking,
} from "./invocation.js";
import { withPages } from "./list-options.js";
import { addMemberCommands } from "./member-commands.js";
import { workgroupAt, workgroupPath } from "./naming.js";

export function addWorkgroupCommands(program: Command, outside: Outside): void {
  const workgroup = program.command("workgroup").description("workgroups: who can see whom");
  addCreate(workgroup, outside);
  addLooks(workgroup, outside);
  addInviteCommands(workgroup, outside);
  addConsentCommands(workgroup, outside);
  addMemberCommands(workgroup, outside);
  addEnds(workgroup, outside);
}

interface CreateOptions {
  readonly purpose: string;
  readonly rules?: string;
  readonly admission?: string;
}

function addCreate(workgroup: Command, outside: Outside): void {
  workgroup
    .command("create")
    .description("create a workgroup: your organisation owns it, and is alone in it")
    .argument("<name>")
    .requiredOption("--purpose <text>", "what it is for: everybody invited reads it, and it never changes")
    .option("--rules <text>", "what those in it agree to; it never changes")
    .addOption(
      new Option(
        "--admission <how>",
        "who must consent to a newcomer: all that are in (default), or you",
      ).choices(admissionSchema.options),
    )
    .action(async (name: string, options: CreateOptions, command: Command) => {
      const invocation = invocationOf(command, outside);
      await speaking(invocation, async (speaker) => {
        const ask = { method: "POST", path: "/v1/workgroups", body: { name, ...options } } as const;
        answer(invocation, await read(speaker, workgroupSchema, ask), detailsOf(workgroupDetails));
        if (invocation.json) return;
        invocation.terminal.note(`Now invite others: \`parley workgroup invite ${name} ORGANISATION\`,`);
        invocation.terminal.note(
          `and let agents of yours in: \`parley workgroup add ${name} AGENT --offer\`.`,
        );
      });
    });
}

function addLooks(workgroup: Command, outside: Outside): void {
  withPages(workgroup.command("list").description("the workgroups that you are in")).action(
    async (options: PageOptions, command: Command) => {
      const invocation = invocationOf(command, outside);
      const listing = {
        path: "/v1/workgroups",
        item: workgroupSchema,
        columns: workgroupColumns,
        none: "There are no workgroups yet: `parley workgroup create NAME --purpose TEXT`.",
      };
      await speaking(invocation, (speaker) => list(invocation, speaker, listing, options));
    },
  );

  workgroup
    .command("show")
    .description("one workgroup: by id, owner/name, or its name while you see only one of that name")
    .argument("<workgroup>")
    .action(async (text: string, _options, command: Command) => {
      const invocation = invocationOf(command, outside);
      await speaking(invocation, async (speaker) => {
        const ask = { method: "GET", path: workgroupPath(text) } as const;
        answer(invocation, await read(speaker, workgroupSchema, ask), detailsOf(workgroupDetails));
      });
    });
}

const ends = {
  leave: {
    what: "take your organisation out: its agents' sessions there are closed",
    done: "Your organisation has left",
  },
  dissolve: {
    what: "end the workgroup for everybody: all sessions in it are closed (owner)",
    done: "Dissolved",
  },
} as const;

function addEnds(workgroup: Command, outside: Outside): void {
  for (const verb of Object.keys(ends) as (keyof typeof ends)[]) {
    workgroup
      .command(verb)
      .description(ends[verb].what)
      .argument("<workgroup>")
      .action(async (text: string, _options, command: Command) => {
        const invocation = invocationOf(command, outside);
        await speaking(invocation, async (speaker) => {
          const { id, shown } = await meant(speaker, text);
          await confirmed(invocation, `${verb} ${shown}`);
          const ask = { method: "POST", path: `${workgroupPath(id)}/${verb}` } as const;
          const ended = await read(speaker, z.object({ cut: cutSchema }), ask).catch((error: unknown) => {
            if (error instanceof ParleyFault) tellAgain(invocation, `parley workgroup ${verb} ${id}`);
            throw error;
          });
          answer(invocation, ended, () => `${ends[verb].done}: ${shown}.`);
          tellClosed(invocation, ended.value.cut);
        });
      });
  }
}

/** It is ended by its id: once it is over, its names mean another workgroup, or none, and an id means what it did. */
async function meant(
  speaker: Speaker,
  text: string,
): Promise<{ readonly id: string; readonly shown: string }> {
  try {
    const { id, address } = await workgroupAt(speaker, text);
    return { id, shown: `${address} (${id})` };
  } catch (error) {
    // Who has left does not see it any more, and is answered all the same where it leaves again.
    if (isId("workgroup", text) && isRefused(error, "not-found")) return { id: text, shown: text };
    throw error;
  }
}

function tellAgain({ terminal }: Invocation, line: string): void {
  terminal.note(`Nobody has answered whether it is done. To make sure, by its id: \`${line}\`.`);
}
