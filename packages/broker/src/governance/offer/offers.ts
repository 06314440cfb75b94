/**
 * What an advertisement puts into the catalog: a row for each workgroup, one for each capability there, and what it
 * leaves behind when other content, or none, takes its place [ADV-4].
 */
import {
  type AdvertisementContent,
  canonicalJson,
  type Json,
  limits,
  type Terms,
  type WorkgroupId,
} from "@parley/protocol";
import type { Advertisement, OfferedCapability, OfferMade } from "../engagement-entities.js";
import type { OfferedAt } from "../engagement-facts.js";

const word = /[\p{L}\p{M}\p{N}]+/gu;
const accents = /[\u0300-\u036f]/g;

/**
 * The words of a text as they are looked for: letters and digits between whatever else there is, alike in either case,
 * with and without accents, and however they are spelt in Unicode. Upper case first: "ß" is "ss" there.
 */
export const wordsOf = (text: string): readonly string[] =>
  text.normalize("NFKD").toUpperCase().toLowerCase().replace(accents, "").normalize("NFC").match(word) ?? [];

/**
 * Each word once, after a space: so that what begins with a word is found by the space and the beginning. Names come
 * first, and so many words are enough: each is a row in each workgroup [ADV-6].
 */
export function searchedWords({ name, description, capabilities }: AdvertisementContent): string {
  const names = capabilities.map((one) => one.name);
  const texts = [name, ...names, description, ...capabilities.map((one) => one.description)];
  const words = [...new Set(texts.flatMap(wordsOf))].slice(0, limits.wordsPerAdvertisement);
  return words.map((one) => ` ${one}`).join("");
}

/** The rows of an advertisement under the terms that it names. */
export function offersOf(advertisement: Advertisement, terms: Terms): readonly OfferMade[] {
  const { id, agent, organisation, name, content, publishedAt, version } = advertisement;
  const words = searchedWords(content);
  return content.workgroups.map((workgroup) => ({
    workgroup,
    advertisement: id,
    agent,
    organisation,
    contract: content.contract.id,
    name,
    words,
    patterns: content.patterns,
    requires: terms.requiredWorkgroups,
    publishedAt,
    version,
  }));
}

/** All that is seen of content in a workgroup: where else it is offered is not told there. */
const seenOf = (content: AdvertisementContent): string =>
  canonicalJson({ ...content, workgroups: [] } as unknown as Json);

/** Those that are new, or other than they were: what stays as it was keeps the row that it has [ADV-7]. */
export function offersAnew(
  before: AdvertisementContent | undefined,
  advertisement: Advertisement,
  terms: Terms,
): readonly OfferMade[] {
  const { content } = advertisement;
  const isSame = before !== undefined && seenOf(before) === seenOf(content);
  const stays = new Set(isSame ? before.workgroups : []);
  return offersOf(advertisement, terms).filter(({ workgroup }) => !stays.has(workgroup));
}

const capabilitiesIn = ({ workgroups, capabilities }: AdvertisementContent): readonly OfferedAt[] =>
  workgroups.flatMap((workgroup) => capabilities.map(({ name }) => ({ workgroup, capability: name })));

export const offeredCapabilities = ({ id, name, content }: Advertisement): readonly OfferedCapability[] =>
  capabilitiesIn(content).map((offered) => ({ ...offered, advertisement: id, name }));

export interface Gone {
  readonly workgroups: readonly WorkgroupId[];
  readonly capabilities: readonly OfferedAt[];
}

/** What was offered and is not any more; undefined content offers nothing. */
export function goneBetween(
  before: AdvertisementContent | undefined,
  after: AdvertisementContent | undefined,
): Gone {
  const stays = new Set(after?.workgroups);
  const named = new Set(after?.capabilities.map(({ name }) => name));
  return {
    workgroups: (before?.workgroups ?? []).filter((workgroup) => !stays.has(workgroup)),
    capabilities: (before ? capabilitiesIn(before) : []).filter(
      ({ workgroup, capability }) => !stays.has(workgroup) || !named.has(capability),
    ),
  };
}
