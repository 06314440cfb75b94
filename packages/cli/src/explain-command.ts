/** `parley explain`: whether an agent could engage an offer now, and which rule decides. */
import { type ExplanationView, explanationSchema, refusals } from "@parley/protocol";
import type { Command } from "commander";
import { answer, read } from "./answer.js";
import { exitCodes } from "./exit-codes.js";
import { invocationOf, type Outside, speaking } from "./invocation.js";
import { agentId } from "./naming.js";
import { advertisementId } from "./offered.js";
import { type Column, plain, table } from "./table.js";

interface ExplainOptions {
  readonly workgroup?: string;
  readonly capability?: string;
  readonly termsDigest?: string;
  readonly instance?: string;
}

export function addExplainCommand(program: Command, outside: Outside): void {
  program
    .command("explain")
    .description(
      "whether an agent of yours could engage an offer now, and which rule decides: nothing is done",
    )
    .argument("<agent>")
    .argument("<advertisement>", "adv_…, or what the catalog calls it for that agent")
    .argument("[type]", "of a message that it would send")
    .option("--workgroup <workgroup>", "in which one, where it is shown in several")
    .option("--capability <name>", "for which one, where it offers several")
    .option("--terms-digest <digest>", "under the terms that were read")
    .option("--instance <instance>", "by this instance of the agent")
    .action(
      async (
        agent: string,
        advertisement: string,
        type: string | undefined,
        options: ExplainOptions,
        command: Command,
      ) => {
        const invocation = invocationOf(command, outside);
        await speaking(invocation, async (speaker) => {
          const id = await agentId(speaker, agent);
          const offer = await advertisementId(speaker, advertisement, id);
          const query = { advertisement: offer, type, ...options };
          const ask = { method: "GET", path: `/v1/agents/${id}/explain`, query } as const;
          const explained = await read(speaker, explanationSchema, ask);
          answer(invocation, explained, forPeople);
          if (!explained.value.allowed) outside.exit(exitCodes.refused);
        });
      },
    );
}

type CheckView = ExplanationView["checks"][number];
type RefusalView = NonNullable<ExplanationView["refusal"]>;

/** Everything that the refusal says, in one line. */
function why({ code, ...said }: RefusalView): string {
  const words = Object.entries(said).map(([name, value]) => `${name} ${value}`);
  return [code, ...words].join(", ");
}

const marks = { passed: "ok", refused: "NO", "not-made": "-" } as const;

const columns: readonly Column<CheckView>[] = [
  { title: "", of: ({ outcome }) => marks[outcome] },
  { title: "command", of: ({ of }) => of },
  { title: "check", of: ({ check }) => check },
  { title: "why", of: ({ refusal }) => (refusal === null ? "" : why(refusal)) },
];

function forPeople({ allowed, refusal, offer, checks, wouldRefuse }: ExplanationView): string {
  const verdict =
    refusal === null || allowed
      ? "It would be allowed."
      : `It would be refused: ${refusals[refusal.code].title} (${why(refusal)}).`;
  const about =
    offer === null
      ? []
      : [
          `For ${offer.capability ?? "what it does not offer"} in ${offer.workgroup}, under ${offer.termsDigest}.`,
        ];
  const tried = wouldRefuse.map(({ rule, at }) => `On trial: ${rule} would have refused it (${at}).`);
  return [[verdict, ...about, ...tried].map(plain).join("\n"), table(checks, columns)].join("\n\n");
}
