/** `suspend`, `resume` and `revoke`: the same three for everything that has a standing. */
import { cutSchema, socketsCutSchema } from "@parley/protocol";
import type { Command } from "commander";
import { z } from "zod";
import { json, read } from "./answer.js";
import { tellCut } from "./cut.js";
import { confirmed, invocationOf, type Outside, type Speaker, speaking } from "./invocation.js";

interface Kind {
  readonly noun: "organisation" | "operator" | "agent" | "instance";
  /** As the argument is called in the help. */
  readonly argument: string;
  readonly path: string;
  readonly idOf: (speaker: Speaker, text: string) => Promise<string>;
}

const verbs = {
  suspend: { what: "suspend it: its connections end and it gets no access", done: "suspended" },
  resume: { what: "give back what a suspension took", done: "active again" },
  revoke: { what: "take its access away for ever", done: "revoked" },
} as const;

export function addStandingCommands(parent: Command, outside: Outside, kind: Kind): void {
  for (const verb of Object.keys(verbs) as (keyof typeof verbs)[]) {
    parent
      .command(verb)
      .description(verbs[verb].what)
      .argument(`<${kind.argument}>`)
      .action(async (text: string, _options, command: Command) => {
        await change(command, outside, kind, verb, text);
      });
  }
}

async function change(
  command: Command,
  outside: Outside,
  kind: Kind,
  verb: keyof typeof verbs,
  text: string,
): Promise<void> {
  const invocation = invocationOf(command, outside);
  if (verb === "revoke") await confirmed(invocation, `revoke the ${kind.noun} ${text}`);
  await speaking(invocation, async (speaker) => {
    const path = `${kind.path}/${await kind.idOf(speaker, text)}/${verb}`;
    // The platform is not told of an organisation's sessions.
    const cut = kind.noun === "organisation" ? socketsCutSchema : cutSchema;
    const { body, value } = await read(speaker, z.object({ cut }), { method: "POST", path });
    if (invocation.json) invocation.terminal.out(json(body));
    else invocation.terminal.out(`${kind.noun} ${text} is ${verbs[verb].done}.`);
    if (verb !== "resume") tellCut(invocation, value.cut);
  });
}
