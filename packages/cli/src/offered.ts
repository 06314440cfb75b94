/** What is to be engaged: one advertisement, by its id or as the catalog calls it, in one workgroup, for one capability. */
import { shownTermsDigest } from "@parley/agent-sdk";
import {
  type AdvertisementView,
  advertisementSchema,
  catalogItemSchema,
  isId,
  limits,
  pageOf,
} from "@parley/protocol";
import type { Command } from "commander";
import { read } from "./answer.js";
import { Complaint } from "./complaint.js";
import { exitCodes } from "./exit-codes.js";
import type { Speaker } from "./invocation.js";

export interface ChoiceOptions {
  readonly workgroup?: string;
  readonly capability?: string;
  readonly purpose?: string;
  readonly termsDigest?: string;
}

export const whichOffer =
  "adv_…, from `parley catalog search`, or what it shows: NAME, ORGANISATION/NAME, ORGANISATION/AGENT/NAME";

export const withChoice = (command: Command): Command =>
  command
    .option("--capability <name>", "which one, where it offers several")
    .option("--workgroup <workgroup>", "in which one, where it is shown in several")
    .option("--purpose <text>", "what for: it goes on the record")
    .option("--terms-digest <digest>", "propose only if these are still its terms");

export interface Chosen {
  readonly offer: AdvertisementView;
  readonly workgroup: AdvertisementView["workgroups"][number];
  readonly capability: string;
  /** Of the terms as they are shown. */
  readonly termsDigest: string;
}

type Asking = Pick<Speaker, "send">;

export async function chosenOffer(speaker: Asking, text: string, options: ChoiceOptions): Promise<Chosen> {
  const path = `/v1/advertisements/${await advertisementId(speaker, text)}`;
  const offer = (await read(speaker, advertisementSchema, { method: "GET", path })).value;
  const termsDigest = await shownTermsDigest(offer.contract);
  expectTerms(offer, options.termsDigest);
  const workgroup = workgroupOf(offer, options.workgroup);
  return { offer, workgroup, capability: capabilityOf(offer, options.capability), termsDigest };
}

const page = pageOf(catalogItemSchema);

/**
 * `adv_…`, NAME, ORGANISATION/NAME or ORGANISATION/AGENT/NAME, of what this agent may engage; for an operator, of what
 * `onBehalfOf` may.
 */
export async function advertisementId(speaker: Asking, text: string, onBehalfOf?: string): Promise<string> {
  if (isId("advertisement", text)) return text;
  const [name = "", ...of] = text.split("/").reverse();
  const [organisation, agent] = of.reverse();
  const words = name.split("-").filter((word) => word !== "");
  const q = words.slice(0, limits.searchWordsMax).join(" ");
  if (of.length > 2 || q === "") throw unclear(text);
  const found = new Map<string, string>();
  for (let cursor: string | undefined; ; ) {
    const ask = {
      method: "GET",
      path: "/v1/catalog",
      query: { q, limit: 200, cursor, agent: onBehalfOf },
    } as const;
    const { items, nextCursor } = (await read(speaker, page, ask)).value;
    for (const item of items) {
      const isMeant =
        item.name === name &&
        (organisation === undefined || organisation === item.organisation.name) &&
        (agent === undefined || agent === item.agent.name);
      const called = `${item.organisation.name}/${item.agent.name}/${item.name}`;
      if (isMeant) found.set(item.advertisement, called);
    }
    if (nextCursor === null) break;
    cursor = nextCursor;
  }
  return theOneFound(text, [...found]);
}

function theOneFound(text: string, found: readonly (readonly [id: string, called: string])[]): string {
  const [one, ...others] = found;
  if (one !== undefined && others.length === 0) return one[0];
  if (one === undefined)
    throw new Complaint(
      `nothing called "${text}" is offered that this agent may engage`,
      exitCodes.refused,
      "`parley catalog search --as AGENT-PROFILE` shows what is.",
    );
  const which = found.map(([id, called]) => `${called} (${id})`).join(", ");
  throw new Complaint(`${found.length} offers are called "${text}"`, exitCodes.usage, `Say which: ${which}.`);
}

const unclear = (text: string): Complaint =>
  new Complaint(
    `"${text}" names no advertisement: expected adv_…, NAME or ORGANISATION/NAME`,
    exitCodes.usage,
  );

function expectTerms({ id, contract }: AdvertisementView, wanted: string | undefined): void {
  if (wanted === undefined || wanted === contract.termsDigest) return;
  throw new Complaint(
    `it names other terms now: ${contract.termsDigest}`,
    exitCodes.refused,
    `Read them: \`parley catalog show ${id}\`.`,
  );
}

function workgroupOf({ workgroups }: AdvertisementView, wanted: string | undefined): Chosen["workgroup"] {
  const fitting = workgroups.filter(
    ({ id, address }) =>
      wanted === undefined || wanted === id || address === wanted || address.endsWith(`/${wanted}`),
  );
  return theOnly(
    fitting.map((one) => [one, one.address] as const),
    "workgroup",
    "--workgroup",
  );
}

function capabilityOf({ capabilities }: AdvertisementView, wanted: string | undefined): string {
  // The broker says whether it is offered: what is asked for goes there as it was typed.
  if (wanted !== undefined) return wanted;
  return theOnly(
    capabilities.map(({ name }) => [name, name] as const),
    "capability",
    "--capability",
  );
}

function theOnly<T>(of: readonly (readonly [value: T, shown: string])[], what: string, option: string): T {
  const [one, ...others] = of;
  if (one !== undefined && others.length === 0) return one[0];
  throw new Complaint(
    one === undefined ? `it is not shown in such a ${what}` : `it has several to choose from: which ${what}?`,
    exitCodes.usage,
    one === undefined ? undefined : `Give ${option}: ${of.map(([, shown]) => shown).join(", ")}.`,
  );
}
