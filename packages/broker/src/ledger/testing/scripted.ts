/** A small governance for ledger tests: the value of a probe says what is decided about it. */
import type { Command } from "../../governance/command.js";
import { happened, platformStream, streamOf } from "../../governance/fact.js";
import { find, type Question } from "../../governance/question.js";
import { accept, no, refuse, type Verdict } from "../../governance/verdict.js";
import type { Govern } from "../decide.js";
import { idOf } from "./made-up.js";

export type Script = "name" | "note" | "work" | "nothing" | "refuse" | "throw" | "clash" | "era" | "ask-era";

/** `name 3` names organisation 3; the number tells commands apart and chooses what they are about. */
export const probe = (script: Script, n = 0): Command<"readiness.probe"> => ({
  kind: "readiness.probe",
  id: idOf("command", n),
  value: `${script} ${n}`,
});

type Decided = Verdict<{ value: string }>;
type Deciding = Generator<Question, Decided, never>;

const told = (n: number) => ({ actor: "broker", subject: String(n), cause: idOf("command", n) }) as const;

/** What an earlier command of the same transaction has named is taken. */
function* name(n: number, now: number): Deciding {
  const found: { named: unknown } = yield { named: find("organisationNamed", { name: `organisation-${n}` }) };
  if (found.named !== undefined) return refuse(no("organisation.name-taken"));
  const id = idOf("organisation", n);
  const organisation = {
    id,
    name: `organisation-${n}`,
    displayName: `Organisation ${n}`,
    standing: "active",
    generation: 0,
    takenAt: 0,
    createdAt: now,
    version: 1,
  } as const;
  const fact = happened(streamOf(id), "organisation.created", told(n), { organisation });
  return accept({ value: `named ${n}` }, { facts: [fact] });
}

function* askEra(): Deciding {
  const found: { era: number } = yield { era: find("era", {}) };
  return accept({ value: `era ${found.era}` });
}

function* decided(script: Script, n: number, now: number): Deciding {
  const note = happened(platformStream, "clock.stepped", told(n), { byMs: n });
  switch (script) {
    case "name":
      return yield* name(n, now);
    case "ask-era":
      return yield* askEra();
    case "note":
      return accept({ value: `noted ${n}` }, { facts: [note] });
    case "work":
      return accept(
        { value: `worked ${n}` },
        { work: [{ do: "put", table: "probes", row: { name: "readiness", value: String(n), at: now } }] },
      );
    case "nothing":
      return accept({ value: `nothing ${n}` });
    case "refuse":
      return refuse(no("role.missing"), { facts: [note] });
    case "era":
      return accept(
        { value: `began ${n}` },
        { facts: [happened(platformStream, "era.began", told(n), { era: n })] },
      );
    case "throw":
      throw new Error(`no rule for ${n}`);
    case "clash": {
      const agent = idOf("agent", 999);
      const fact = happened(streamOf(idOf("organisation", n)), "agent.resumed", told(n), {
        agent,
        version: 2,
      });
      return accept({ value: "a row that is not there was changed" }, { facts: [note, fact] });
    }
  }
}

export const scripted = function* (command: Command, now: number) {
  if (command.kind !== "readiness.probe") throw new Error(`not scripted: ${command.kind}`);
  const [script, n] = command.value.split(" ");
  return yield* decided(script as Script, Number(n), now) as Generator<Question, Decided, unknown>;
} as unknown as Govern;
