/** `parley contract`: the terms under which one's agents are engaged. A version never changes. */
import {
  type ContractReportView,
  contractReportSchema,
  contractSchema,
  contractVersionSchema,
  type TermsRequest,
  termsRequest,
} from "@parley/protocol";
import type { Command } from "commander";
import { answer, detailsOf, json, list, noteMore, type PageOptions, read } from "./answer.js";
import { Complaint } from "./complaint.js";
import {
  contractColumns,
  contractDetails,
  reportColumns,
  reportDetails,
  versionColumns,
  versionDetails,
} from "./engagement-columns.js";
import { exitCodes } from "./exit-codes.js";
import { fileOrInput } from "./file-or-input.js";
import {
  confirmed,
  type Invocation,
  invocationOf,
  type Outside,
  type Speaker,
  speaking,
} from "./invocation.js";
import { withPages } from "./list-options.js";
import { contractId } from "./naming.js";
import { details, table } from "./table.js";
import { termsFrom } from "./terms-text.js";

interface TermsOptions {
  readonly terms?: string;
  readonly set?: readonly string[];
}

const withTerms = (command: Command): Command =>
  command
    .option(
      "--terms <file>",
      "a JSON file of terms, - for standard input; what it leaves out has its default",
    )
    .option("--set <term=value...>", "single terms, like acceptance=open maxEnvelopes=100");

async function readTerms({ terminal }: Invocation, { terms, set = [] }: TermsOptions): Promise<TermsRequest> {
  const text = terms === undefined ? "{}" : await fileOrInput(terminal, terms);
  const parsed = termsRequest.safeParse(termsFrom(text, set));
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "terms"}: ${message}`);
  throw new Complaint(`these are not terms: ${issues.join("; ")}`, exitCodes.usage);
}

export function addContractCommands(program: Command, outside: Outside): void {
  const contract = program.command("contract").description("contracts: terms of engagement");
  addMaking(contract, outside);
  addLooks(contract, outside);
  addReport(contract, outside);
  contract
    .command("delete")
    .description(
      "take a contract out of use; sessions under it go on, and an advertisement that names it forbids it",
    )
    .argument("<contract>")
    .action(async (text: string, _options, command: Command) => {
      const invocation = invocationOf(command, outside);
      await confirmed(invocation, `delete the contract ${text}`);
      await speaking(invocation, async (speaker) => {
        const path = await pathOf(speaker, text);
        const { body } = await speaker.send({ method: "DELETE", path });
        invocation.terminal.out(invocation.json ? json(body) : `Deleted: ${text}.`);
      });
    });
}

const bindsNobody = (name: string): string =>
  `It binds nobody until an offer names it: \`parley advertise AGENT NAME --capability C --workgroup W --contract ${name}\`.`;

function addMaking(contract: Command, outside: Outside): void {
  withTerms(
    contract
      .command("create")
      .description("sign a new contract; nobody is bound until it is advertised")
      .argument("<name>"),
  ).action(async (name: string, options: TermsOptions, command: Command) => {
    const invocation = invocationOf(command, outside);
    const terms = await readTerms(invocation, options);
    await speaking(invocation, async (speaker) => {
      const body = { name, terms, statement: await speaker.statements.contract(name, terms) };
      const made = await read(speaker, contractSchema, { method: "POST", path: "/v1/contracts", body });
      answer(invocation, made, detailsOf(contractDetails));
      if (!invocation.json) invocation.terminal.note(bindsNobody(name));
    });
  });

  withTerms(
    contract
      .command("version")
      .description(
        "sign a new version: a whole set of terms, in which what is left out has its default, not what it had before",
      )
      .argument("<contract>"),
  ).action(async (text: string, options: TermsOptions, command: Command) => {
    const invocation = invocationOf(command, outside);
    const terms = await readTerms(invocation, options);
    await speaking(invocation, async (speaker) => {
      const path = await pathOf(speaker, text);
      const { name } = (await read(speaker, contractSchema, { method: "GET", path })).value;
      const body = { terms, statement: await speaker.statements.contract(name, terms) };
      const ask = { method: "POST", path: `${path}/versions`, body } as const;
      answer(invocation, await read(speaker, contractVersionSchema, ask), detailsOf(versionDetails));
      if (!invocation.json) invocation.terminal.note(bindsNobody(name));
    });
  });
}

function addLooks(contract: Command, outside: Outside): void {
  withPages(contract.command("list").description("your organisation's contracts")).action(
    async (options: PageOptions, command: Command) => {
      const invocation = invocationOf(command, outside);
      const listing = {
        path: "/v1/contracts",
        item: contractSchema,
        columns: contractColumns,
        none: "There are no contracts yet: `parley contract create NAME --set acceptance=open`.",
      };
      await speaking(invocation, (speaker) => list(invocation, speaker, listing, options));
    },
  );

  withPages(
    contract
      .command("show")
      .description("one contract with all its terms; `default` is the broker's own")
      .argument("<contract>")
      .option("--versions", "all its versions, newest first"),
  ).action(
    async (text: string, { versions, ...pages }: PageOptions & { versions?: boolean }, command: Command) => {
      const invocation = invocationOf(command, outside);
      await speaking(invocation, async (speaker) => {
        const path = await pathOf(speaker, text);
        if (versions !== true) {
          const shown = await read(speaker, contractSchema, { method: "GET", path });
          return answer(invocation, shown, detailsOf(contractDetails));
        }
        const none = "There are no versions that you may see.";
        const listing = {
          path: `${path}/versions`,
          item: contractVersionSchema,
          columns: versionColumns,
          none,
        };
        await list(invocation, speaker, listing, pages);
      });
    },
  );
}

function addReport(contract: Command, outside: Outside): void {
  withPages(
    contract
      .command("report")
      .description("what terms that are being tried out would have refused")
      .argument("<contract>")
      .option("--number <n>", "of this version, in place of the newest that tries something out"),
  ).action(async (text: string, options: PageOptions & { number?: string }, command: Command) => {
    const invocation = invocationOf(command, outside);
    await speaking(invocation, async (speaker) => {
      const { number, limit, cursor } = options;
      const path = `${await pathOf(speaker, text)}/report`;
      const ask = { method: "GET", path, query: { number, limit, cursor } } as const;
      const report = await read(speaker, contractReportSchema, ask);
      answer(invocation, report, reportText);
      noteMore(invocation, report.value.nextCursor);
    });
  });
}

const reportText = (report: ContractReportView): string => {
  const summary = details(report, reportDetails);
  return report.items.length === 0 ? summary : `${summary}\n\n${table(report.items, reportColumns)}`;
};

const pathOf = async (speaker: Speaker, text: string): Promise<string> =>
  `/v1/contracts/${await contractId(speaker, text)}`;
