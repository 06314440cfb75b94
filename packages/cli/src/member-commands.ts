/** `parley workgroup members|add|remove`: which of one's agents are in a workgroup, by name or by their tags. */
import { cutSchema, isId, memberSchema, pageOf, selectorSchema } from "@parley/protocol";
import type { Command } from "commander";
import { z } from "zod";
import { answer, detailsOf, list, type PageOptions, read } from "./answer.js";
import { Complaint } from "./complaint.js";
import { tellClosed } from "./cut.js";
import { memberColumns, selectorColumns } from "./engagement-columns.js";
import { exitCodes } from "./exit-codes.js";
import {
  confirmed,
  type Invocation,
  invocationOf,
  type Outside,
  type Speaker,
  speaking,
} from "./invocation.js";
import { withPages } from "./list-options.js";
import { agentId, workgroupPath } from "./naming.js";
import { parseTags } from "./tags.js";

const changedMember = memberSchema.extend({ cut: cutSchema });
/** `members`: for how many agents something has changed. */
const changedSelector = selectorSchema.extend({ members: z.int() });

interface AddOptions {
  readonly tag?: readonly string[];
  readonly offer?: boolean;
  readonly engage?: boolean;
}

export function addMemberCommands(workgroup: Command, outside: Outside): void {
  addLists(workgroup, outside);
  workgroup
    .command("add")
    .description(
      "let an agent of yours in with exactly these rights, or all that have these tags, for as long as they have them",
    )
    .argument("<workgroup>")
    .argument("[agent]")
    .option("--tag <key=value...>", "in place of an agent: all of yours with these tags")
    .option("--offer", "it may advertise there")
    .option("--engage", "it may engage what is advertised there")
    .action(async (text: string, agent: string | undefined, options: AddOptions, command: Command) => {
      const invocation = invocationOf(command, outside);
      const { tag, offer = false, engage = false } = options;
      if ((agent === undefined) === (tag === undefined)) {
        throw new Complaint("give an agent, or tags with --tag", exitCodes.usage);
      }
      if (!offer && !engage) throw new Complaint("give --offer, --engage or both", exitCodes.usage);
      const rights = { offer, engage };
      await speaking(invocation, (speaker) =>
        agent === undefined
          ? addSelector(invocation, speaker, text, { tags: parseTags(tag ?? []), ...rights })
          : addMember(invocation, speaker, text, { agent, ...rights }),
      );
    });

  workgroup
    .command("remove")
    .description(
      "take out what was added: an agent, or a selector by its id; sessions that relied on it are closed",
    )
    .argument("<workgroup>")
    .argument("<agent|selector>")
    .action(async (text: string, whom: string, _options, command: Command) => {
      const invocation = invocationOf(command, outside);
      await speaking(invocation, async (speaker) => {
        if (isId("selector", whom)) await removeSelector(invocation, speaker, text, whom);
        else await removeMember(invocation, speaker, text, whom);
      });
    });
}

async function addMember(
  invocation: Invocation,
  speaker: Speaker,
  workgroup: string,
  { agent, ...rights }: { agent: string; offer: boolean; engage: boolean },
): Promise<void> {
  const path = `${workgroupPath(workgroup)}/members`;
  const body = { agent: await agentId(speaker, agent), ...rights };
  const lost = await rightsLost(speaker, path, body);
  if (lost.length > 0) {
    const given = ["offer", "engage"].map((right) => `--${right}`).join(" ");
    invocation.terminal.note(`${agent} may ${lost.join(" ")} there now. To keep that: ${given}.`);
    await confirmed(invocation, `take back its right to ${lost.join(" ")}, unless its tags give it`);
  }
  const ask = { method: "POST", path, body } as const;
  const changed = await read(speaker, changedMember, ask);
  answer(invocation, changed, detailsOf(memberColumns));
  // A right that was taken back with it takes the sessions that relied on it.
  if (changed.value.cut.sessions > 0) tellClosed(invocation, changed.value.cut);
}

/** What it may do there now, and could not any more: what is said by name replaces what was said before. */
async function rightsLost(
  speaker: Speaker,
  path: string,
  { agent, offer, engage }: { agent: string; offer: boolean; engage: boolean },
): Promise<readonly string[]> {
  if (offer && engage) return [];
  for (let cursor: string | undefined; ; ) {
    const ask = { method: "GET", path, query: { limit: 200, cursor } } as const;
    const { items, nextCursor } = (await read(speaker, pageOf(memberSchema), ask)).value;
    const member = items.find((one) => one.agent.id === agent);
    if (member !== undefined)
      return [...(member.offer && !offer ? ["offer"] : []), ...(member.engage && !engage ? ["engage"] : [])];
    if (nextCursor === null) return [];
    cursor = nextCursor;
  }
}

async function addSelector(
  invocation: Invocation,
  speaker: Speaker,
  workgroup: string,
  body: { tags: Readonly<Record<string, string>>; offer: boolean; engage: boolean },
): Promise<void> {
  const ask = { method: "POST", path: `${workgroupPath(workgroup)}/selectors`, body } as const;
  const added = await read(speaker, changedSelector, ask);
  answer(invocation, added, detailsOf(selectorColumns));
  if (!invocation.json) {
    const more = "whoever gets these tags later comes in by itself";
    invocation.terminal.note(`It has changed what ${agents(added.value.members)} may do there; ${more}.`);
  }
}

async function removeMember(
  invocation: Invocation,
  speaker: Speaker,
  workgroup: string,
  agent: string,
): Promise<void> {
  const path = `${workgroupPath(workgroup)}/members/${await agentId(speaker, agent)}`;
  const left = await read(speaker, changedMember, { method: "DELETE", path });
  const { offer, engage, cut } = left.value;
  answer(invocation, left, () =>
    offer || engage
      ? `${agent} is STILL IN, by its tags; what it was given by name is taken back.`
      : `Removed: ${agent}.`,
  );
  if (!invocation.json && (offer || engage)) {
    const selectors = `\`parley workgroup members ${workgroup} --selectors\``;
    invocation.terminal.note(`${selectors} shows by which: remove that sel_…, or change the agent's tags.`);
  }
  tellClosed(invocation, cut);
}

async function removeSelector(
  invocation: Invocation,
  speaker: Speaker,
  workgroup: string,
  selector: string,
): Promise<void> {
  const path = `${workgroupPath(workgroup)}/selectors/${selector}`;
  const schema = changedSelector.extend({ cut: cutSchema });
  const left = await read(speaker, schema, { method: "DELETE", path });
  const { members, cut } = left.value;
  answer(
    invocation,
    left,
    () => `Removed: ${selector}. It has changed what ${agents(members)} may do there.`,
  );
  tellClosed(invocation, cut);
}

const agents = (count: number): string => (count === 1 ? "1 agent" : `${count} agents`);

function addLists(workgroup: Command, outside: Outside): void {
  withPages(
    workgroup
      .command("members")
      .description("the agents in a workgroup")
      .argument("<workgroup>")
      .option("--selectors", "your own selectors there, in place of agents"),
  ).action(
    async (
      text: string,
      { selectors, ...pages }: PageOptions & { selectors?: boolean },
      command: Command,
    ) => {
      const invocation = invocationOf(command, outside);
      const path = workgroupPath(text);
      await speaking(invocation, (speaker) =>
        selectors === true
          ? list(
              invocation,
              speaker,
              {
                path: `${path}/selectors`,
                item: selectorSchema,
                columns: selectorColumns,
                none: "There are none.",
              },
              pages,
            )
          : list(
              invocation,
              speaker,
              {
                path: `${path}/members`,
                item: memberSchema,
                columns: memberColumns,
                none: "No agent is in it yet: `parley workgroup add WORKGROUP AGENT --offer --engage`.",
              },
              pages,
            ),
      );
    },
  );
}
