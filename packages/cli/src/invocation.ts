/** One command as it was typed: for whom it speaks, how it answers, and the broker on the other end. */
import type {
  Answer,
  Ask,
  Engagement,
  Envelope,
  Listen,
  Offer,
  ServerEvent,
  Session,
  SessionId,
} from "@parley/agent-sdk";
import type { Command } from "commander";
import { Complaint } from "./complaint.js";
import { exitCodes } from "./exit-codes.js";
import type { Environment } from "./profile.js";
import type { Statements } from "./signing.js";
import type { Terminal } from "./terminal.js";

/** A client of the broker, as commands use it. */
export interface Speaker {
  readonly issuer: string;
  /** Who speaks. */
  readonly principal: string;
  send(ask: Ask): Promise<Answer>;
  /** The events of a stream, after the one that is named, until it ends. */
  events(ask: Listen): AsyncIterable<ServerEvent>;
  replaceKey(): Promise<string>;
  /** Signs what binds one's organisation. */
  readonly statements: Statements;
}

export interface SignedIn {
  readonly speaker: Speaker;
  close(): Promise<void>;
}

/** A session in hand, as commands use it. */
export interface Talk extends Pick<Session, "id" | "view" | "send" | "close"> {
  request(...asked: Parameters<Session["request"]>): Promise<Received>;
}
export type Received = Pick<Envelope, "id" | "type" | "n" | "seq" | "at" | "from" | "header" | "payload">;

/** An instance that is connected. */
export interface Connected {
  readonly speaker: Pick<Speaker, "send">;
  engage(offer: Offer, engagement: Engagement): Promise<Talk>;
  resume(session: SessionId, options: { readonly signal: AbortSignal }): Promise<Talk>;
  close(): Promise<void>;
}

/** What lies outside the command line itself; a test brings its own. */
export interface Outside {
  readonly terminal: Terminal;
  readonly env: Environment;
  signIn(profile: string): Promise<SignedIn>;
  /** As an instance, over a connection. `troubled` hears of what went wrong on the way. */
  connect(profile: string, troubled: (trouble: unknown) => void): Promise<Connected>;
  /** Resolves when so much time has passed, or nobody waits any more. */
  pause(seconds: number, until: AbortSignal): Promise<void>;
  /** Aborted when the person asks to stop. */
  readonly stop: AbortSignal;
  /** How the program ends when nothing was thrown. */
  exit(code: number): void;
}

export interface Invocation extends Outside {
  readonly profile: string;
  readonly json: boolean;
  readonly yes: boolean;
}

interface GlobalOptions {
  readonly profile?: string;
  readonly as?: string;
  readonly json?: boolean;
  readonly yes?: boolean;
}

export function invocationOf(command: Command, outside: Outside): Invocation {
  const { profile, as, json, yes } = command.optsWithGlobals<GlobalOptions>();
  if (profile !== undefined && as !== undefined && profile !== as) {
    throw new Complaint("--as and --profile name different profiles: give one of them", exitCodes.usage);
  }
  const chosen = as ?? profile ?? outside.env.PARLEY_PROFILE ?? "default";
  return { ...outside, profile: chosen, json: json === true, yes: yes === true };
}

/** Speaks as the profile, and lets go of it afterwards. */
export async function speaking<T>(invocation: Invocation, run: (speaker: Speaker) => Promise<T>): Promise<T> {
  const { speaker, close } = await invocation.signIn(invocation.profile);
  try {
    return await run(speaker);
  } finally {
    await close();
  }
}

/** Before what cannot be undone: asks, or wants to have been told beforehand. */
export async function confirmed(invocation: Invocation, what: string): Promise<void> {
  if (invocation.yes) return;
  const { terminal } = invocation;
  if (!terminal.interactive) {
    throw new Complaint(`to ${what} cannot be undone: confirm it with --yes`, exitCodes.usage);
  }
  if (await terminal.confirm(`To ${what} cannot be undone. Do it?`)) return;
  throw new Complaint("nothing was done", exitCodes.usage);
}
