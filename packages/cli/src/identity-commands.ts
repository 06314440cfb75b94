/** `parley init`, `whoami`, `key replace`, `agent enrol`, `agent connect`: who speaks, from this machine. */
import { Agent, type AgentState, describeLoss, enrol, ParleyFault } from "@parley/agent-sdk";
import { whoamiSchema } from "@parley/protocol";
import type { Command } from "commander";
import { answer, detailsOf, json, jsonLine, read } from "./answer.js";
import { whoamiColumns } from "./columns.js";
import { onlyInstances } from "./connect-as.js";
import { exitCodes } from "./exit-codes.js";
import { type Invocation, invocationOf, type Outside, speaking } from "./invocation.js";
import { beginProfile, openProfile, profileFile } from "./profile.js";
import { plain } from "./table.js";

interface EnrolOptions {
  readonly broker: string;
  readonly token: string;
}

const withEnrolment = (command: Command): Command =>
  command
    .requiredOption("--broker <url>", "the broker's address, like https://broker.example")
    .requiredOption("--token <token>", "the enrolment token; - reads it from standard input");

export function addIdentityCommands(program: Command, agent: Command, outside: Outside): void {
  withEnrolment(
    program.command("init").description("enrol as an operator, and keep the key as a profile"),
  ).action((options: EnrolOptions, command: Command) => redeem(invocationOf(command, outside), options));
  withEnrolment(
    agent.command("enrol").description("enrol as an instance of an agent, and keep the key as a profile"),
  ).action((options: EnrolOptions, command: Command) => redeem(invocationOf(command, outside), options));

  agent
    .command("connect")
    .description("stay connected as an instance, and print what happens to the connection")
    .action((_options, command: Command) => connect(invocationOf(command, outside)));

  program
    .command("whoami")
    .description("who the broker takes you for")
    .action(async (_options, command: Command) => {
      const invocation = invocationOf(command, outside);
      await speaking(invocation, async (speaker) => {
        const who = await read(speaker, whoamiSchema, { method: "GET", path: "/v1/whoami" });
        answer(invocation, who, detailsOf(whoamiColumns));
      });
    });

  program
    .command("key")
    .description("the profile's own key")
    .command("replace")
    .description("make a new key; the old one gets no more access from that moment")
    .action(async (_options, command: Command) => {
      const invocation = invocationOf(command, outside);
      await speaking(invocation, async (speaker) => {
        const keyThumbprint = await speaker.replaceKey();
        const { terminal } = invocation;
        terminal.out(invocation.json ? json({ keyThumbprint }) : `the key is now ${keyThumbprint}`);
      });
    });
}

async function redeem(invocation: Invocation, { broker, token }: EnrolOptions): Promise<void> {
  const { env, profile, terminal, stop } = invocation;
  const secret = token === "-" ? (await terminal.readInput()).trim() : token;
  const identity = await beginProfile(env, profile);
  try {
    await enrol({ broker, token: secret, identity, signal: stop });
  } finally {
    await identity.close();
  }
  const { enrolment } = identity;
  if (invocation.json) return terminal.out(json(enrolment));
  terminal.out(`enrolled as ${enrolment?.principalId} (${enrolment?.spiffeId})`);
  terminal.note(`The key is kept in ${profileFile(env, profile)}.`);
  if (profile !== "default") terminal.note(`To speak with it: --as ${profile}`);
}

/** Until the broker does not want it back, or the person asks to stop. */
async function connect(invocation: Invocation): Promise<void> {
  const { env, profile, stop, exit } = invocation;
  const identity = await openProfile(env, profile);
  const broker = identity.enrolment?.issuer ?? "";
  if (!identity.enrolment?.principalId.startsWith("ins_")) {
    await identity.close();
    throw onlyInstances(profile);
  }
  const ended = new Promise<AgentState>((resolve) => {
    const onState = (state: AgentState) => {
      tellState(invocation, state);
      if (state.state === "closed") resolve(state);
    };
    // What it rejects with is told by the state that it ended in.
    Agent.connect({ broker, identity, signal: stop, onState }).then(
      (agent) => agent.on("trouble", (trouble) => tellTrouble(invocation, trouble)),
      (error: unknown) => tellTrouble(invocation, error),
    );
  });
  const state = await ended;
  if (state.state === "closed" && state.loss.why !== "asked") exit(exitCodes.refused);
}

function tellState({ terminal, json: asJson }: Invocation, state: AgentState): void {
  terminal.out(asJson ? jsonLine(stateJson(state)) : plain(describe(state)));
}

function tellTrouble({ terminal, json: asJson }: Invocation, trouble: unknown): void {
  if (asJson) return;
  if (trouble instanceof ParleyFault) terminal.note(plain(`trouble: ${trouble.message}`));
}

function describe(state: AgentState): string {
  switch (state.state) {
    case "connecting":
      return "connecting";
    case "connected":
      return `connected as ${state.welcome.principal} (epoch ${state.welcome.epoch})`;
    case "waiting":
      return `waiting ${(state.forMs / 1_000).toFixed(1)} s: ${describeLoss(state.loss)}`;
    case "closed":
      return `closed: ${describeLoss(state.loss)}`;
  }
}

function stateJson(state: AgentState): Readonly<Record<string, unknown>> {
  if (state.state === "connecting" || state.state === "connected") return { ...state };
  const { loss, ...rest } = state;
  const code =
    loss.why === "ended" ? loss.ending.code : loss.why === "refused" ? loss.refusal.code : undefined;
  return { ...rest, why: loss.why, code, says: describeLoss(loss) };
}
