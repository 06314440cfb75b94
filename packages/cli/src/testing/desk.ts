/** A terminal, a broker and an end for one command line: what was said, asked and answered is kept for the test to look at. */
import { type Answer, type Ask, ParleyRefusal } from "@parley/agent-sdk";
import { problemOf, type Refusal } from "@parley/protocol";
import type { Outside } from "../invocation.js";
import { runCommandLine } from "../program.js";

type Replies = Readonly<Record<string, unknown>>;

export interface DeskOptions {
  /** By `METHOD /path`: the body, or a `ParleyRefusal` to reject with. */
  readonly replies?: Replies;
  readonly interactive?: boolean;
  readonly confirms?: boolean;
  readonly env?: Outside["env"];
  readonly signIn?: Outside["signIn"];
}

export interface Ran {
  readonly out: string;
  readonly notes: string;
  readonly code: number;
  readonly asked: readonly Ask[];
  readonly questions: readonly string[];
  readonly profiles: readonly string[];
  readonly closed: number;
}

export const refusal = (of: Refusal): ParleyRefusal => new ParleyRefusal(problemOf(of));

export async function run(line: string | readonly string[], options: DeskOptions = {}): Promise<Ran> {
  const out: string[] = [];
  const notes: string[] = [];
  const asked: Ask[] = [];
  const questions: string[] = [];
  const profiles: string[] = [];
  let code = 0;
  let closed = 0;
  const send = async (ask: Ask): Promise<Answer> => {
    asked.push(ask);
    const body = options.replies?.[`${ask.method} ${ask.path}`] ?? refusal({ code: "not-found" });
    if (body instanceof Error) throw body;
    return { status: 200, body };
  };
  const speaker = { issuer: "https://broker.test", send, replaceKey: async () => "new-thumbprint" };
  const outside: Outside = {
    terminal: {
      out: (text) => out.push(text),
      note: (text) => notes.push(text),
      interactive: options.interactive ?? false,
      readInput: async () => "token-from-input\n",
      confirm: async (question) => {
        questions.push(question);
        return options.confirms ?? false;
      },
    },
    env: options.env ?? {},
    stop: new AbortController().signal,
    signIn:
      options.signIn ??
      (async (profile) => {
        profiles.push(profile);
        return {
          speaker,
          close: async () => {
            closed += 1;
          },
        };
      }),
    exit: (to) => {
      code = to;
    },
  };
  await runCommandLine(typeof line === "string" ? line.split(" ") : line, outside);
  return { out: out.join("\n"), notes: notes.join("\n"), code, asked, questions, profiles, closed };
}
