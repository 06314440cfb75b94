/** `parley session`: one engagement of a consumer with a provider, from the proposal to its end. */
import { shownProposalDigest, shownTermsDigest } from "@parley/agent-sdk";
import { type SessionView, sessionSchema, sessionsQuery, sideSchema } from "@parley/protocol";
import { type Command, Option } from "commander";
import { answer, detailsOf, list, type PageOptions, type Read, read } from "./answer.js";
import { Complaint } from "./complaint.js";
import { proposalDetails, sessionColumns, sessionDetails } from "./engagement-columns.js";
import { exitCodes } from "./exit-codes.js";
import { addReceiptCommand } from "./export-command.js";
import {
  confirmed,
  type Invocation,
  invocationOf,
  type Outside,
  type Speaker,
  speaking,
} from "./invocation.js";
import { withPages } from "./list-options.js";
import { agentId, idOf } from "./naming.js";
import { type ChoiceOptions, chosenOffer, whichOffer, withChoice } from "./offered.js";
import { isAcceptedBy } from "./own-acceptance.js";
import { addSend } from "./send-command.js";
import { details, plain } from "./table.js";
import { addTranscriptCommands } from "./transcript-commands.js";

export function addSessionCommands(program: Command, outside: Outside): void {
  const session = program.command("session").description("sessions: who engages whom");
  addPropose(session, outside);
  addLooks(session, outside);
  addAccept(session, outside);
  addEnds(session, outside);
  addSend(session, outside);
  addTranscriptCommands(session, outside);
  addReceiptCommand(session, outside);
}

function addPropose(session: Command, outside: Outside): void {
  const propose = session
    .command("propose")
    .description(
      "engage an advertisement, under exactly the terms that it names now (--as an agent's profile)",
    )
    .argument("<advertisement>", whichOffer);
  withChoice(propose).action(async (text: string, options: ChoiceOptions, command: Command) => {
    const invocation = invocationOf(command, outside);
    await speaking(invocation, async (speaker) => {
      const { offer, workgroup, capability, termsDigest } = await chosenOffer(speaker, text, options);
      const statement = await speaker.statements.proposal({
        advertisement: offer.id,
        workgroup: workgroup.id,
        capability,
        termsDigest,
        purpose: options.purpose,
      });
      const ask = { method: "POST", path: "/v1/sessions", body: { statement } } as const;
      tellSession(invocation, await read(speaker, sessionSchema, ask));
    });
  });
}

/** A session, and who is to do what now. */
function tellSession(invocation: Invocation, session: Read<typeof sessionSchema>): void {
  answer(invocation, session, detailsOf(sessionDetails));
  if (!invocation.json) invocation.terminal.note(whatNext(session.value));
}

function whatNext({ id, state, terms, provider, closesBy }: SessionView): string {
  const until = closesBy === null ? "" : `, until ${closesBy}`;
  if (state === "proposed" && terms.acceptance === "operator") {
    const admin = `an admin of ${plain(provider.organisation.name)}`;
    return `It waits for ${admin}${until}: \`parley session accept ${id}\` or \`reject\`.`;
  }
  if (state === "proposed") return `It waits for an instance of ${plain(provider.agent.name)}${until}.`;
  if (state === "accepted") return `It is active once an instance of each side has joined${until}.`;
  const how = state === "active" ? ["tail", "follows it"] : ["transcript", "shows all that happened in it"];
  return `\`parley session ${how[0]} ${id}\` ${how[1]}.`;
}

interface ListOptions extends PageOptions {
  readonly state?: string;
  readonly side?: string;
  readonly agent?: string;
}

function addLooks(session: Command, outside: Outside): void {
  withPages(
    session
      .command("list")
      .description("the sessions that you may see, newest first")
      .addOption(
        new Option("--state <state>", "only these").choices(sessionsQuery.shape.state.unwrap().options),
      )
      .addOption(new Option("--side <side>", "where yours is this side").choices(sideSchema.options))
      .option("--agent <agent>", "of this agent of yours (admin, auditor)"),
  ).action(async ({ state, side, agent, ...pages }: ListOptions, command: Command) => {
    const invocation = invocationOf(command, outside);
    await speaking(invocation, async (speaker) => {
      const of = agent === undefined ? undefined : await agentId(speaker, agent);
      const listing = {
        path: "/v1/sessions",
        item: sessionSchema,
        columns: sessionColumns,
        query: { state, side, agent: of },
        none: "There are no sessions: `parley session propose ADVERTISEMENT --as AGENT-PROFILE`.",
      };
      await list(invocation, speaker, listing, pages);
    });
  });

  session
    .command("show")
    .description("one session")
    .argument("<session>")
    .action(async (text: string, _options, command: Command) => {
      const invocation = invocationOf(command, outside);
      const path = `/v1/sessions/${idOf("session", text)}`;
      await speaking(invocation, async (speaker) => {
        tellSession(invocation, await read(speaker, sessionSchema, { method: "GET", path }));
      });
    });
}

function addAccept(session: Command, outside: Outside): void {
  session
    .command("accept")
    .description(
      "sign the acceptance of exactly the proposal that is shown: an agent's profile, or an admin where the terms say operator",
    )
    .argument("<session>")
    .action(async (text: string, _options, command: Command) => {
      const invocation = invocationOf(command, outside);
      const path = `/v1/sessions/${idOf("session", text)}`;
      await speaking(invocation, async (speaker) => {
        const shown = await read(speaker, sessionSchema, { method: "GET", path });
        const { state } = shown.value;
        const isAccepted = state === "accepted" || state === "active";
        if (isAccepted && isAcceptedBy(speaker.principal, shown.value)) {
          invocation.terminal.note("You have accepted it already: nothing is left to sign.");
          return tellSession(invocation, shown);
        }
        await meant(invocation, speaker, shown.value);
        const body = { statement: await speaker.statements.acceptance(shown.value) };
        const accepted = await read(speaker, sessionSchema, { method: "POST", path: `${path}/accept`, body });
        tellSession(invocation, accepted);
      });
    });
}

/** Nobody accepts what it has not seen, or what was signed otherwise than it is seen: who asks, for what, and every term. */
async function meant(invocation: Invocation, { issuer }: Speaker, proposed: SessionView): Promise<void> {
  if (proposed.state !== "proposed") {
    throw new Complaint(
      `it waits for no answer: it is ${proposed.state}, and nothing was signed`,
      exitCodes.refused,
      `Read it: \`parley session show ${proposed.id}\`.`,
    );
  }
  await shownTermsDigest(proposed);
  await shownProposalDigest(proposed, issuer);
  invocation.terminal.note(details(proposed, proposalDetails));
  await confirmed(invocation, "sign this acceptance");
}

const ends = [
  ["reject", "say no to a proposal", true],
  ["withdraw", "take a proposal back", false],
  ["close", "end an accepted or active session", true],
] as const;

function addEnds(session: Command, outside: Outside): void {
  for (const [verb, what, explained] of ends) {
    const ending = session.command(verb).description(what).argument("<session>");
    if (explained) ending.option("--detail <text>", "why: both sides read it");
    ending.action(async (text: string, { detail }: { detail?: string }, command: Command) => {
      const invocation = invocationOf(command, outside);
      const path = `/v1/sessions/${idOf("session", text)}/${verb}`;
      const body = detail === undefined ? undefined : { detail };
      await speaking(invocation, async (speaker) => {
        const ask = { method: "POST", path, ...(body && { body }) } as const;
        answer(invocation, await read(speaker, sessionSchema, ask), detailsOf(sessionDetails));
      });
    });
  }
}
