/** `parley doctor`: looks at this machine, the profile and the broker, and says what is wrong and what to do about it. */
import type { Command } from "commander";
import { type Finding, lookAround } from "./doctor.js";
import { exitCodes } from "./exit-codes.js";
import { invocationOf, type Outside } from "./invocation.js";

export function addDoctorCommand(program: Command, outside: Outside): void {
  program
    .command("doctor")
    .description("find out what is wrong, and what to do about it")
    .option("--broker <url>", "look at this broker instead of the profile's")
    .action(async ({ broker }: { readonly broker?: string }, command: Command) => {
      const invocation = invocationOf(command, outside);
      const findings = await lookAround(invocation, broker);
      const { terminal } = invocation;
      if (invocation.json) terminal.out(JSON.stringify({ findings }, null, 2));
      else for (const finding of findings) terminal.out(describe(finding));
      if (findings.some(({ verdict }) => verdict === "wrong")) outside.exit(exitCodes.refused);
    });
}

const marks = { good: "ok   ", note: "note ", wrong: "WRONG" } as const;

function describe({ verdict, about, found, todo }: Finding): string {
  const line = `${marks[verdict]}  ${about.padEnd(9)}  ${found}`;
  return todo === undefined ? line : `${line}\n${" ".repeat(18)}${todo}`;
}
