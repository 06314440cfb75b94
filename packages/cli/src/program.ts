/** The command line as a whole: what there is, in the order in which somebody new needs it. */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { addAgentCommands } from "./agent-commands.js";
import { jsonLine } from "./answer.js";
import { addAuditCommands } from "./audit-commands.js";
import { Complaint, errorJson, exitCodeOf, explain } from "./complaint.js";
import { addContractCommands } from "./contract-commands.js";
import { addDoctorCommand } from "./doctor-command.js";
import { exitCodes } from "./exit-codes.js";
import { addExplainCommand } from "./explain-command.js";
import { addIdentityCommands } from "./identity-commands.js";
import { addInstanceCommands } from "./instance-commands.js";
import { addInvitationCommands } from "./invitation-commands.js";
import type { Outside } from "./invocation.js";
import { addOfferCommands } from "./offer-commands.js";
import { addOperatorCommands } from "./operator-commands.js";
import { addOrganisationCommands } from "./organisation-commands.js";
import { payloadSaid } from "./payload.js";
import { addReadersCommand } from "./reach-commands.js";
import { addRecordCommands } from "./record-commands.js";
import { addServeCommand } from "./serve-command.js";
import { addSessionCommands } from "./session-commands.js";
import { addWorkgroupCommands } from "./workgroup-commands.js";

export function version(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return String((JSON.parse(text) as { version?: unknown }).version);
}

const afterHelp = `
Profiles are kept in \${PARLEY_HOME:-~/.config/parley}/profiles; PARLEY_PROFILE names the one to use.
Exit codes: 0 done, 1 refused, 2 usage, 3 fault, 4 not signed in, 5 done but connections survived.`;

/** `asJson`: what is wrong with the command line is left to whoever runs it. */
export function makeProgram(outside: Outside, asJson = false): Command {
  const program = new Command("parley")
    .description("Where agents of different organisations meet, under terms, on the record.")
    .version(version())
    .option("--profile <name>", 'the identity to speak with (default "default")')
    .option("--as <name>", "the same")
    .option("--json", "answer with exactly what REST answers")
    .option("--yes", "do what cannot be undone without asking")
    .addHelpText("after", afterHelp)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => outside.terminal.out(text.trimEnd()),
      writeErr: (text) => {
        if (!asJson) outside.terminal.note(text.trimEnd().replace(/^error: /, "parley: "));
      },
    })
    .showHelpAfterError("(add --help for what there is)")
    .exitOverride();
  addServeCommand(program, outside);
  const agent = new Command("agent").description("agents").copyInheritedSettings(program);
  addIdentityCommands(program, agent, outside);
  addOrganisationCommands(program, outside);
  addOperatorCommands(program, outside);
  program.addCommand(agent);
  addAgentCommands(agent, outside);
  addInstanceCommands(program, outside);
  addWorkgroupCommands(program, outside);
  addInvitationCommands(program, outside);
  addContractCommands(program, outside);
  addOfferCommands(program, outside);
  addSessionCommands(program, outside);
  addExplainCommand(program, outside);
  addReadersCommand(program, outside);
  addRecordCommands(program, outside);
  addAuditCommands(program, outside);
  addDoctorCommand(program, outside);
  return program;
}

function misunderstood({ code, message }: CommanderError): Complaint {
  const detail = code === "commander.help" ? "which command?" : message.replace(/^error: /, "");
  return new Complaint(detail, exitCodes.usage, "Add --help for what there is.");
}

/** Runs one command line. `args` begin after the program's name. Never throws: what goes wrong is told, and exits. */
export async function runCommandLine(typed: readonly string[], outside: Outside): Promise<void> {
  const args = payloadSaid(typed);
  const asJson = args.includes("--json");
  try {
    await makeProgram(outside, asJson).parseAsync([...args], { from: "user" });
  } catch (error) {
    // Help and version end so too; commander has already said what there was to say.
    if (error instanceof CommanderError) {
      if (asJson && error.exitCode !== 0) outside.terminal.note(jsonLine(errorJson(misunderstood(error))));
      outside.exit(error.exitCode === 0 ? exitCodes.ok : exitCodes.usage);
      return;
    }
    if (outside.stop.aborted && !(error instanceof Complaint)) {
      outside.exit(exitCodes.fault);
      return;
    }
    outside.terminal.note(asJson ? jsonLine(errorJson(error)) : explain(error));
    outside.exit(exitCodeOf(error));
  }
}
