/** `parley session send`: a person holds a session from the terminal. It is proposed, one envelope sent, the answer told, and closed. */
import { type Offer, ParleyFault, ParleyRefusal, RequestTimedOut } from "@parley/agent-sdk";
import { makeId, type SessionId } from "@parley/protocol";
import type { Command } from "commander";
import { json } from "./answer.js";
import { Complaint, leftText } from "./complaint.js";
import { parseDuration } from "./duration.js";
import { exitCodes } from "./exit-codes.js";
import { type Connected, type Invocation, invocationOf, type Outside, type Talk } from "./invocation.js";
import { idOf } from "./naming.js";
import { type ChoiceOptions, chosenOffer, whichOffer, withChoice } from "./offered.js";
import { type Payload, type PayloadOptions, payloadOf } from "./payload.js";
import { receivedJson, tellPayload } from "./received.js";
import { plain } from "./table.js";

interface SendOptions extends ChoiceOptions, PayloadOptions {
  readonly type: string;
  readonly session?: string;
  readonly wait?: number;
  readonly timeout?: number;
  /** False for `--no-answer`. */
  readonly answer: boolean;
  readonly keepOpen?: boolean;
  readonly raw?: boolean;
}

const waitSeconds = 60;
const timeoutSeconds = 30;
/** A goodbye that nobody can be told is not waited for. */
const closeMs = 5_000;

const afterHelp = `
The answer is the envelope that names this one as its cause, or as what it belongs to. Its payload goes to standard
output, everything else to standard error; with --json alone (before another option, or at the end) one object says all
of it. A session that was begun here is closed whatever goes wrong, unless --keep-open says otherwise; one that was
open before (--session) is closed when the answer is there.`;

export function addSend(session: Command, outside: Outside): void {
  const send = session
    .command("send")
    .description(
      "hold a session: propose it, send one envelope, print the answer, close (--as an agent's profile)",
    )
    .argument("[advertisement]", whichOffer)
    .requiredOption("--type <type>", "of the envelope, dotted lower case, like markets.equity.request")
    .option("--payload <json>", "what is sent, as JSON; here `--json <json>` says the same")
    .option("--text <text>", "what is sent, as text")
    .option(
      "--file <file>",
      "what is sent, as it is; - for standard input, which is also read when nothing is said",
    )
    .option("--content-type <type>", "what it is, where that is not JSON or text");
  withChoice(send)
    .option("--session <session>", "in this one, which this instance has open, in place of a new one")
    .option(
      "--wait <duration>",
      `how long to wait for the acceptance (default ${waitSeconds}s)`,
      parseDuration,
    )
    .option(
      "--timeout <duration>",
      `how long to wait for the answer (default ${timeoutSeconds}s)`,
      parseDuration,
    )
    .option("--no-answer", "wait for none")
    .option("--keep-open", "do not close: `--session` goes on with it")
    .option("--raw", "print the answer's payload byte for byte")
    .addHelpText("after", afterHelp)
    .action((text: string | undefined, options: SendOptions, command: Command) =>
      hold(invocationOf(command, outside), text, options),
    );
}

async function hold(invocation: Invocation, text: string | undefined, options: SendOptions): Promise<void> {
  if ((text === undefined) === (options.session === undefined))
    throw new Complaint(
      "which session? Give an advertisement to engage, or --session for one that is open",
      exitCodes.usage,
    );
  const session = options.session === undefined ? undefined : idOf("session", options.session);
  const payload = await payloadOf(invocation.terminal, options);
  const connected = await invocation.connect(invocation.profile, (trouble) =>
    tellTrouble(invocation, trouble),
  );
  try {
    const talk =
      session === undefined
        ? await engage(invocation, connected, text ?? "", options)
        : await connected.resume(session as SessionId, { signal: invocation.stop });
    await converse(invocation, talk, payload, options);
  } finally {
    await connected.close();
  }
}

function tellTrouble({ terminal, json: asJson }: Invocation, trouble: unknown): void {
  if (!asJson && trouble instanceof ParleyFault) terminal.note(plain(`trouble: ${trouble.message}`));
}

/** Under exactly the terms that are shown, until the provider has accepted. */
async function engage(
  invocation: Invocation,
  { speaker, engage: propose }: Connected,
  text: string,
  options: SendOptions,
): Promise<Talk> {
  const { offer, workgroup, capability } = await chosenOffer(speaker, text, options);
  const { wait = waitSeconds, purpose } = options;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(notAccepted(wait)), wait * 1_000);
  const signal = AbortSignal.any([invocation.stop, late.signal]);
  const { id: advertisement, workgroups: _, state: __, version: ___, ...offered } = offer;
  const item: Offer = { ...offered, advertisement, workgroup, available: true };
  try {
    const talk = await propose(item, { capability, signal, ...(purpose !== undefined && { purpose }) });
    const { agent, organisation } = talk.view.provider;
    if (!invocation.json)
      invocation.terminal.note(
        plain(`${talk.id} with ${organisation.name}/${agent.name} is ${talk.view.state}.`),
      );
    return talk;
  } finally {
    clearTimeout(timer);
  }
}

const notAccepted = (seconds: number): Complaint =>
  new Complaint(
    `it was not accepted within ${seconds} s, and the proposal is withdrawn`,
    exitCodes.fault,
    "Wait longer with --wait, or ask whoever runs the provider whether one of its instances takes sessions.",
  );

async function converse(
  invocation: Invocation,
  talk: Talk,
  payload: Payload,
  options: SendOptions,
): Promise<void> {
  const { terminal, json: asJson } = invocation;
  const said = await exchange(invocation, talk, payload, options).catch(async (error: unknown) => {
    // What was open before stays open: it can be tried again there.
    if (options.session === undefined && options.keepOpen !== true)
      await goodbye(invocation, talk, whyGivenUp(error));
    throw error;
  });
  if (options.keepOpen !== true) await goodbye(invocation, talk);
  if (asJson) terminal.out(json({ session: talk.id, ...said, state: talk.view.state }));
  else terminal.note(whatNext(invocation, talk, options));
}

const whyGivenUp = (error: unknown): string =>
  error instanceof ParleyRefusal ? `refused: ${error.code}` : "given up";

/** Sends one, and tells what comes back. */
async function exchange(
  invocation: Invocation,
  talk: Talk,
  { bytes, contentType }: Payload,
  { type, timeout = timeoutSeconds, answer, raw = false }: SendOptions,
): Promise<Readonly<Record<string, unknown>>> {
  const { terminal, json: asJson, stop: signal } = invocation;
  if (!answer) {
    const sent = await talk.send(type, bytes, { contentType, signal });
    const left = sent.left === undefined ? "" : `; left: ${leftText(sent.left)}`;
    if (!asJson)
      terminal.note(`${sent.id} is on the record (n ${sent.n}, position ${sent.position})${left}.`);
    return { sent, answer: null };
  }
  const id = makeId("envelope");
  try {
    const received = await talk.request(type, bytes, { id, contentType, signal, timeoutMs: timeout * 1_000 });
    const { instance } = received.from;
    if (!asJson) {
      terminal.note(
        plain(`${received.type} from ${instance} (n ${received.n}, ${received.payload.byteLength} bytes)`),
      );
      tellPayload(invocation, received, raw);
    }
    return { sent: { id }, answer: receivedJson(received) };
  } catch (error) {
    if (error instanceof RequestTimedOut) throw unanswered(talk, timeout);
    throw error;
  }
}

const unanswered = ({ id }: Talk, seconds: number): Complaint =>
  new Complaint(
    `it was sent, and no answer came within ${seconds} s`,
    exitCodes.fault,
    `\`parley session transcript ${id}\` shows what there was. Wait longer with --timeout; with --no-answer for none.`,
  );

async function goodbye(invocation: Invocation, talk: Talk, detail?: string): Promise<void> {
  const how = { signal: AbortSignal.timeout(closeMs), ...(detail !== undefined && { detail }) };
  await talk.close(how).catch(() => {
    if (!invocation.json) invocation.terminal.note(`${talk.id} could not be closed: it ends by itself.`);
  });
}

function whatNext({ profile }: Invocation, { id, view }: Talk, { keepOpen = false }: SendOptions): string {
  const as = profile === "default" ? "" : ` --as ${profile}`;
  if (!keepOpen) return `Closed. \`parley session transcript ${id}${as}\` shows all of it.`;
  const until = view.closesBy === null ? "" : `, until ${view.closesBy} at most`;
  return `It stays open${until}: \`parley session send --session ${id} --type TYPE --json JSON${as}\` goes on, and closes it.`;
}
