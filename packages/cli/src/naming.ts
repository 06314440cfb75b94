/** Names for people, ids for the broker: finds what a name means to whoever asks. An id is taken as it is. */
import {
  agentSchema,
  contractSchema,
  defaultContract,
  defaultContractName,
  idPrefixes,
  isId,
  operatorSchema,
  organisationSchema,
  pageOf,
  type WorkgroupView,
  whoamiSchema,
  workgroupSchema,
} from "@parley/protocol";
import type { z } from "zod";
import { read } from "./answer.js";
import { Complaint } from "./complaint.js";
import { exitCodes } from "./exit-codes.js";
import type { Speaker } from "./invocation.js";

type Named = z.ZodType<{ readonly id: string; readonly name: string }>;

async function idsCalled(speaker: Speaker, path: string, item: Named, name: string): Promise<string[]> {
  const found: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const ask = { method: "GET", path, query: { limit: 200, cursor } } as const;
    const { items, nextCursor } = (await read(speaker, pageOf(item), ask)).value;
    found.push(...items.filter((each) => each.name === name).map((each) => each.id));
    if (nextCursor === null) return found;
    cursor = nextCursor;
  }
}

async function theOne(
  speaker: Speaker,
  what: string,
  path: string,
  item: Named,
  name: string,
): Promise<string> {
  const [id, ...others] = await idsCalled(speaker, path, item, name);
  if (id === undefined) {
    throw new Complaint(
      `there is no ${what} called "${name}" that you may see`,
      exitCodes.refused,
      "The list commands show what you may see.",
    );
  }
  if (others.length === 0) return id;
  throw new Complaint(
    `${others.length + 1} ${what}s are called "${name}"`,
    exitCodes.usage,
    `Give the id: ${[id, ...others].join(", ")}.`,
  );
}

export async function agentId(speaker: Speaker, text: string): Promise<string> {
  return isId("agent", text) ? text : theOne(speaker, "agent", "/v1/agents", agentSchema, text);
}

export async function operatorId(speaker: Speaker, text: string): Promise<string> {
  return isId("operator", text) ? text : theOne(speaker, "operator", "/v1/operators", operatorSchema, text);
}

/** Only the platform may list organisations; everybody knows their own. Without a name it is that one. */
export async function organisationId(speaker: Speaker, text: string | undefined): Promise<string> {
  if (text !== undefined && isId("organisation", text)) return text;
  const { organisation } = (await read(speaker, whoamiSchema, { method: "GET", path: "/v1/whoami" })).value;
  if (organisation !== null && (text === undefined || text === organisation.name)) return organisation.id;
  if (text === undefined) throw new Complaint("which organisation? You belong to none.", exitCodes.usage);
  return theOne(speaker, "organisation", "/v1/organisations", organisationSchema, text);
}

/** The broker's own terms are called `default`, by everybody. */
export async function contractId(speaker: Speaker, text: string): Promise<string> {
  if (isId("contract", text)) return text;
  if (text === defaultContractName) return defaultContract;
  return theOne(speaker, "contract", "/v1/contracts", contractSchema, text);
}

/** A workgroup goes by its id, `owner/name`, or its name: the broker finds it. */
export const workgroupPath = (text: string): string => `/v1/workgroups/${segment(text)}`;

/** What it means now: a name may mean another one later. */
export async function workgroupAt(speaker: Speaker, text: string): Promise<WorkgroupView> {
  return (await read(speaker, workgroupSchema, { method: "GET", path: workgroupPath(text) })).value;
}

/** As a segment of a path. Dots alone would lead elsewhere. */
export function segment(text: string): string {
  if (text !== "." && text !== "..") return encodeURIComponent(text);
  throw new Complaint(`"${text}" is not a name`, exitCodes.usage);
}

const withoutName = [
  "instance",
  "enrolmentToken",
  "session",
  "advertisement",
  "invitation",
  "selector",
] as const;

/** What has no name of its own, or is told from elsewhere. */
export function idOf(kind: (typeof withoutName)[number], text: string): string {
  if (isId(kind, text)) return text;
  const example = `${idPrefixes[kind]}_…`;
  throw new Complaint(`"${text}" is not an id: expected ${example}`, exitCodes.usage);
}
