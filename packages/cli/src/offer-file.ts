/**
 * An offer in a file: what REST takes, but for the signature, with names where it wants ids. What `--json` shows of a
 * published one may be given as it is.
 */
import { type AgentView, publishRequest, thumbprintSchema } from "@parley/protocol";
import { z } from "zod";
import { Complaint } from "./complaint.js";
import { exitCodes } from "./exit-codes.js";
import { fileOrInput } from "./file-or-input.js";
import type { Terminal } from "./terminal.js";

const { description, capabilities, patterns } = publishRequest.shape;
const filedContract = z.looseObject({ id: z.string().min(1), termsDigest: thumbprintSchema.optional() });
export type FiledContract = z.output<typeof filedContract>;

const named = z.union([
  z.string().min(1),
  z.looseObject({ id: z.string().min(1) }).transform(({ id }) => id),
]);

/** Shown of what is published, and not for whoever publishes to say. */
const shown = z.unknown().optional();

const offer = z.strictObject({
  description,
  capabilities,
  patterns,
  workgroups: z.array(named).min(1).optional(),
  contract: z.union([z.string().min(1), filedContract]).optional(),
  /** Which offer it is, and which version of it was changed in the file. */
  name: z.string().optional(),
  agent: named.optional(),
  version: z.int().nullable().optional(),
  id: shown,
  organisation: shown,
  publishedAt: shown,
  state: shown,
});
export type FiledOffer = Pick<
  z.output<typeof offer>,
  "description" | "capabilities" | "patterns" | "workgroups" | "contract" | "name" | "agent" | "version"
>;

/** What was written for one offer is not published as another without a word. */
export function refuseAnother(filed: FiledOffer, agent: AgentView, name: string): void {
  const { name: filedName = name, agent: filedAgent = agent.id } = filed;
  if (filedName === name && [agent.id, agent.name].includes(filedAgent)) return;
  throw new Complaint(
    `the file is of another offer: ${filedName} of ${filedAgent}`,
    exitCodes.usage,
    "To publish it as this one too, take `name`, `agent` and `version` out of the file.",
  );
}

export async function filedOffer(terminal: Terminal, file: string): Promise<FiledOffer> {
  const read = offer.safeParse(parsed(await fileOrInput(terminal, file)));
  if (read.success) return read.data;
  const issues = read.error.issues.map(({ path, message }) => `${path.join(".") || "offer"}: ${message}`);
  throw new Complaint(`this is not an offer: ${issues.join("; ")}`, exitCodes.usage);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Complaint(`the offer is not JSON: ${(error as Error).message}`, exitCodes.usage);
  }
}
