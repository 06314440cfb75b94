/**
 * An offer as it is said on the command line: by flags, or by a file, which can say all that REST takes. What flags cannot
 * say is kept of what stands under the name already, and told.
 */
import { isRefused, shownTermsDigest } from "@parley/agent-sdk";
import {
  type AdvertisementView,
  advertisementSchema,
  agentSchema,
  contractSchema,
  defaultContract,
  defaultContractName,
  type SaidAdvertisement,
} from "@parley/protocol";
import { read } from "./answer.js";
import { Complaint } from "./complaint.js";
import { exitCodes } from "./exit-codes.js";
import type { Invocation, Speaker } from "./invocation.js";
import { agentId, contractId, segment, workgroupAt } from "./naming.js";
import { type FiledContract, type FiledOffer, filedOffer, refuseAnother } from "./offer-file.js";
import { plain } from "./table.js";

export interface AdvertiseOptions {
  readonly file?: string;
  readonly capability?: readonly string[];
  readonly workgroup?: readonly string[];
  readonly contract?: string;
  readonly description?: string;
  readonly pattern?: SaidAdvertisement["patterns"];
}

export interface SaidOffer {
  readonly said: SaidAdvertisement;
  readonly path: string;
  /** Of what the file was made of, or of what was looked at: nothing else is replaced. */
  readonly ifMatch: number | undefined;
  /** What is told once it is published. */
  readonly kept: readonly string[];
}

type Capability = SaidAdvertisement["capabilities"][number];

/** What a flag says counts, and then what the file says. */
export async function saidOffer(
  invocation: Invocation,
  speaker: Speaker,
  [agent, name]: readonly [agent: string, name: string],
  options: AdvertiseOptions,
): Promise<SaidOffer> {
  const last = segment(name);
  const { file } = options;
  const filed = file === undefined ? flagged(options) : await filedOffer(invocation.terminal, file);
  const workgroups = options.workgroup ?? filed.workgroups;
  if (workgroups === undefined)
    throw new Complaint("where is it shown?", exitCodes.usage, "Give --workgroup.");
  const agentPath = `/v1/agents/${await agentId(speaker, agent)}`;
  const owner = (await read(speaker, agentSchema, { method: "GET", path: agentPath })).value;
  refuseAnother(filed, owner, name);
  const { id } = owner;
  const path = `/v1/agents/${id}/advertisements/${last}`;
  const published = await publishedAt(speaker, path);
  // What is retracted has nothing to keep, and is offered under no terms.
  const standing = published?.state === "active" ? published : undefined;
  // A file says all of a capability.
  const keeping = filed.capabilities.map((each) => keptOf(each, file === undefined ? standing : undefined));
  const said = {
    agent: id,
    name,
    description: options.description ?? filed.description,
    capabilities: keeping.map(({ capability }) => capability),
    patterns: options.pattern ?? filed.patterns,
    workgroups: await workgroupsOf(speaker, workgroups),
    contract: await contractOf(speaker, options.contract ?? filed.contract ?? unnamedContract(standing)),
  };
  const kept = keeping.flatMap(({ note }) => (note === undefined ? [] : [note]));
  return { said, path, ifMatch: filed.version ?? published?.version ?? undefined, kept };
}

function flagged({ capability }: AdvertiseOptions): FiledOffer {
  if (capability !== undefined) return { capabilities: capability.map(capabilityOf) };
  throw new Complaint("what does it offer?", exitCodes.usage, "Give --capability, or --file.");
}

function capabilityOf(text: string): Capability {
  const at = text.indexOf("=");
  return at < 0 ? { name: text } : { name: text.slice(0, at), description: text.slice(at + 1) };
}

async function publishedAt(speaker: Speaker, path: string): Promise<AdvertisementView | undefined> {
  try {
    return (await read(speaker, advertisementSchema, { method: "GET", path })).value;
  } catch (error) {
    if (isRefused(error, "not-found")) return undefined;
    throw error;
  }
}

interface Keeping {
  readonly capability: Capability;
  readonly note?: string;
}

/** A flag names a capability and describes it; schemas and metadata that it has already are not lost by that. */
function keptOf(said: Capability, standing: AdvertisementView | undefined): Keeping {
  const before = standing?.capabilities.find(({ name }) => name === said.name);
  if (before === undefined) return { capability: said };
  const { requestSchema, responseSchema, metadata } = before;
  const names = unsaid(before);
  if (names.length === 0) return { capability: said };
  const note = `Kept of ${plain(said.name)}: ${names.join(", ")}. Only --file changes them.`;
  return { capability: { ...said, requestSchema, responseSchema, metadata }, note };
}

type Published = AdvertisementView["capabilities"][number];

const unsaid = ({ requestSchema, responseSchema, metadata }: Published): readonly string[] => [
  ...(requestSchema === null ? [] : ["the schema of its requests"]),
  ...(responseSchema === null ? [] : ["the schema of its responses"]),
  ...(Object.keys(metadata).length === 0 ? [] : ["its metadata"]),
];

async function workgroupsOf(
  speaker: Speaker,
  texts: readonly string[],
): Promise<SaidAdvertisement["workgroups"]> {
  const ids: SaidAdvertisement["workgroups"][number][] = [];
  for (const text of texts) ids.push((await workgroupAt(speaker, text)).id);
  return ids;
}

/** Nobody comes to offer under other terms by leaving out which. */
function unnamedContract(standing: AdvertisementView | undefined): string {
  if (standing === undefined || standing.contract.id === defaultContract) return defaultContractName;
  const { id } = standing.contract;
  throw new Complaint(
    "it is offered under a contract of yours: under which now?",
    exitCodes.usage,
    `Give --contract ${id}, or --contract ${defaultContractName} for the broker's own terms.`,
  );
}

/** Its newest version; a file that shows the terms of another one was not written for these. */
async function contractOf(
  speaker: Speaker,
  named: string | FiledContract,
): Promise<SaidAdvertisement["contract"]> {
  const { id: text, termsDigest: expected } = typeof named === "string" ? { id: named } : named;
  const path = `/v1/contracts/${await contractId(speaker, text)}`;
  const { id, latest } = (await read(speaker, contractSchema, { method: "GET", path })).value;
  const termsDigest = await shownTermsDigest(latest);
  if (expected === undefined || expected === termsDigest) return { id, termsDigest };
  throw new Complaint(
    `the contract has other terms by now than the file says: ${termsDigest}`,
    exitCodes.refused,
    `Read them (\`parley contract show ${id}\`), and give --contract ${id} to offer under them.`,
  );
}
