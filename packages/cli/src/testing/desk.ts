/** A terminal, a broker and an end for one command line: what was said, asked and answered is kept for the test to look at. */
import { type Answer, type Ask, type Listen, ParleyRefusal, type ServerEvent } from "@parley/agent-sdk";
import { problemOf, type Refusal } from "@parley/protocol";
import type { Outside } from "../invocation.js";
import { runCommandLine } from "../program.js";
import type { Terminal } from "../terminal.js";
import { operator } from "./views.js";

type Replies = Readonly<Record<string, unknown>>;

export interface DeskOptions {
  /** By `METHOD /path`: the body, or a `ParleyRefusal` to reject with; where it is a function, what it makes of the question. */
  readonly replies?: Replies;
  readonly interactive?: boolean;
  readonly confirms?: boolean;
  /** What standard input holds. */
  readonly input?: string;
  readonly env?: Outside["env"];
  readonly signIn?: Outside["signIn"];
  /** What speaks over a connection, in place of nobody. */
  readonly connect?: Outside["connect"];
  readonly pause?: Outside["pause"];
  /** What each connection to a stream tells before it ends, by which one it is; an error is how it breaks off. */
  readonly events?: (ask: Listen, attempt: number) => readonly ServerEvent[] | Error;
  readonly stop?: AbortSignal;
}

export interface Ran {
  readonly out: string;
  readonly notes: string;
  readonly code: number;
  readonly asked: readonly Ask[];
  readonly listened: readonly Listen[];
  readonly questions: readonly string[];
  readonly profiles: readonly string[];
  /** What was signed, in order. */
  readonly signed: readonly string[];
  /** What each signature was given over, in the same order. */
  readonly signedOver: readonly unknown[];
  readonly closed: number;
}

export const refusal = (of: Refusal): ParleyRefusal => new ParleyRefusal(problemOf(of));

/** What is signed is written down: of a proposal all that it says, of the others that there was one. */
function signing(signed: string[], signedOver: unknown[]) {
  const signs =
    (what: string) =>
    async (...over: readonly unknown[]): Promise<string> => {
      signed.push(what);
      signedOver.push(...over);
      return `signed-${what}`;
    };
  return {
    consent: signs("consent"),
    contract: signs("contract"),
    advertisement: signs("advertisement"),
    acceptance: signs("acceptance"),
    proposal: async (of: object) => {
      signed.push(JSON.stringify(of));
      signedOver.push(of);
      return "signed-proposal";
    },
  };
}

function replyTo(ask: Ask, replies: Replies = {}): Answer {
  const reply = replies[`${ask.method} ${ask.path}`] ?? refusal({ code: "not-found" });
  const body: unknown = typeof reply === "function" ? reply(ask) : reply;
  if (body instanceof Error) throw body;
  return { status: 200, body };
}

async function* toldTo(ask: Listen, listened: Listen[], events: DeskOptions["events"]) {
  listened.push(ask);
  const told = events?.(ask, listened.length);
  if (told instanceof Error) throw told;
  yield* told ?? [];
}

async function nobody(): Promise<never> {
  throw new Error("nobody connects here");
}

/** What is written and asked there is kept. */
function terminalOf(options: DeskOptions, out: string[], notes: string[], questions: string[]): Terminal {
  return {
    out: (text) => out.push(text),
    write: (bytes) => out.push(Buffer.from(bytes).toString("latin1")),
    note: (text) => notes.push(text),
    interactive: options.interactive ?? false,
    readInput: async () => options.input ?? "token-from-input\n",
    readBytes: async () => Buffer.from(options.input ?? ""),
    async *input() {
      yield Buffer.from(options.input ?? "");
    },
    confirm: async (question) => {
      questions.push(question);
      return options.confirms ?? false;
    },
  };
}

export async function run(line: string | readonly string[], options: DeskOptions = {}): Promise<Ran> {
  const out: string[] = [];
  const notes: string[] = [];
  const asked: Ask[] = [];
  const listened: Listen[] = [];
  const questions: string[] = [];
  const profiles: string[] = [];
  const signed: string[] = [];
  const signedOver: unknown[] = [];
  let code = 0;
  let closed = 0;
  const send = async (ask: Ask): Promise<Answer> => {
    asked.push(ask);
    return replyTo(ask, options.replies);
  };
  const speaker = {
    issuer: "https://broker.test",
    principal: operator.id,
    send,
    events: (ask: Listen) => toldTo(ask, listened, options.events),
    replaceKey: async () => "new-thumbprint",
    statements: signing(signed, signedOver),
  };
  const outside: Outside = {
    terminal: terminalOf(options, out, notes, questions),
    env: options.env ?? {},
    stop: options.stop ?? new AbortController().signal,
    connect: options.connect ?? nobody,
    pause: options.pause ?? (async () => undefined),
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
  const said = { out: out.join("\n"), notes: notes.join("\n") };
  return { ...said, code, asked, listened, questions, profiles, signed, signedOver, closed };
}
