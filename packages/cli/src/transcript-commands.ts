/** `parley session transcript` and `tail`: what was said in a session, from outside, afterwards and while it is. */
import { ParleyFault, ParleyRefusal } from "@parley/agent-sdk";
import { pageOf, type TranscriptItem, transcriptItemSchema } from "@parley/protocol";
import type { Command } from "commander";
import { jsonLine, read } from "./answer.js";
import { Complaint } from "./complaint.js";
import { parseDuration } from "./duration.js";
import { exitCodes } from "./exit-codes.js";
import { type Invocation, invocationOf, type Outside, type Speaker, speaking } from "./invocation.js";
import { idOf } from "./naming.js";
import { growingTable, plain } from "./table.js";
import { isClose, transcriptColumns } from "./transcript-lines.js";

export function addTranscriptCommands(session: Command, outside: Outside): void {
  session
    .command("transcript")
    .description(
      "all that has happened in a session, in order, with the outside of every envelope: payloads are not the broker's to show",
    )
    .argument("<session>")
    .action(async (text: string, _options, command: Command) => {
      const invocation = invocationOf(command, outside);
      const id = idOf("session", text);
      await speaking(invocation, (speaker) => tellAll(invocation, speaker, id));
    });

  session
    .command("tail")
    .description("the transcript of a session, and what is added to it, until the session is closed")
    .argument("<session>")
    .option("--every <duration>", "how often to look: 1s, 5s, 1m (default 2s)", parseDuration)
    .addHelpText(
      "after",
      `
It looks again and again at what the session's chain says, as whoever sees the session: an admin or auditor of either
organisation, or an instance of either agent. It joins nothing, so it takes the session from nobody and shows no payload;
between two looks the profile is free for other commands. With --json each line is one item as REST answers it.`,
    )
    .action(async (text: string, { every = 2 }: { every?: number }, command: Command) => {
      await follow(invocationOf(command, outside), idOf("session", text), every);
    });
}

const page = pageOf(transcriptItemSchema);
interface Looked {
  readonly items: readonly TranscriptItem[];
  /** The same, as they came. */
  readonly bodies: readonly unknown[];
}

/** Page after page, of what stands after a position. */
async function* look(speaker: Speaker, id: string, after: number): AsyncGenerator<Looked> {
  const path = `/v1/sessions/${id}/transcript`;
  for (let cursor: string | undefined; ; ) {
    const query = { limit: 200, after: after === 0 ? undefined : after, cursor };
    const { body, value } = await read(speaker, page, { method: "GET", path, query });
    yield { items: value.items, bodies: (body as { readonly items: readonly unknown[] }).items };
    if (value.nextCursor === null) return;
    cursor = value.nextCursor;
  }
}

async function tellAll(invocation: Invocation, speaker: Speaker, id: string): Promise<void> {
  const { terminal, json } = invocation;
  const lines = growingTable(transcriptColumns);
  let isOver = false;
  let written: string | undefined;
  // One document like that of every list, however long: nothing of it is kept.
  if (json) terminal.out('{"items":[');
  for await (const { items, bodies } of look(speaker, id, 0)) {
    isOver = items.some(isClose);
    if (!json) terminal.out(lines(items));
    for (const body of json ? bodies : []) {
      if (written !== undefined) terminal.out(`${written},`);
      written = jsonLine(body);
    }
  }
  if (json) terminal.out(`${written ?? ""}\n],"nextCursor":null}`);
  else if (!isOver) terminal.note(`It goes on: \`parley session tail ${id}\` follows it.`);
}

/** What has been told so far: what is read again after trouble is not told again. */
class Told {
  #position = 0;
  #n = 0;
  #isWhole = true;

  /** Where to go on: with the last fact once more, where not all of it may have been read. */
  get after(): number {
    return this.#isWhole ? this.#position : this.#position - 1;
  }

  isNew = (item: TranscriptItem): boolean =>
    item.position > this.#position || (item.position === this.#position && nOf(item) > this.#n);

  upTo(last: TranscriptItem): void {
    [this.#position, this.#n, this.#isWhole] = [last.position, nOf(last), false];
  }

  whole(): void {
    this.#isWhole = true;
  }
}

const nOf = (item: TranscriptItem): number => (item.kind === "session.sent" ? (item.content?.n ?? 0) : 0);

/** A broker that is away for a while, and a profile that another command uses. */
export function mayPass(error: unknown): error is Error {
  if (error instanceof ParleyFault || error instanceof ParleyRefusal) return error.retry !== "never";
  return error instanceof Complaint && error.exitCode === exitCodes.fault;
}

async function follow(invocation: Invocation, id: string, everySeconds: number): Promise<void> {
  const { terminal, json, stop, pause } = invocation;
  const lines = growingTable(transcriptColumns);
  const told = new Told();
  const lookOnce = async (speaker: Speaker): Promise<boolean> => {
    let isOver = false;
    for await (const { items, bodies } of look(speaker, id, told.after)) {
      const fresh = items.filter(told.isNew);
      const last = fresh.at(-1);
      if (last === undefined) continue;
      terminal.out(json ? bodies.slice(-fresh.length).map(jsonLine).join("\n") : lines(fresh));
      told.upTo(last);
      isOver ||= isClose(last);
    }
    told.whole();
    return isOver;
  };
  for (let [isFirst, isInTrouble] = [true, false]; !stop.aborted; isFirst = false) {
    try {
      if (await speaking(invocation, lookOnce)) return;
      isInTrouble = false;
    } catch (error) {
      if (stop.aborted) return;
      if (isFirst || !mayPass(error)) throw error;
      if (!isInTrouble && !json) terminal.note(plain(`trouble: ${error.message}`));
      isInTrouble = true;
    }
    await pause(everySeconds, stop);
  }
}
