/** What is spoilt in scenes about contracts, and what they are filled with. */
import type { Terms } from "@parley/protocol";
import type { ContractVersion } from "../engagement-entities.js";
import { iceDigest, iceTerms, signedTerms } from "./asked-contracts.js";
import { bert, staff } from "./borealis.js";
import { bea, borealis, idOf, now } from "./cast.js";
import { channel, den, spareContract, weatherContract } from "./city.js";
import { amend, type Scene, speakAs } from "./scene.js";
import { get, patch, put } from "./world.js";

export type Making = Scene<"contract.create"> | Scene<"contract.version">;

export const isAdminOrInstance = {
  refusal: { code: "role.missing", rule: "admin" },
  spoil(scene: Scene) {
    staff(scene.world);
    speakAs(scene, bert);
  },
} as const;

export const keyIsCurrent = {
  refusal: { code: "key.replaced" },
  spoil: ({ world }: Scene) => patch(world, "operators", { id: bea }, { thumbprint: "a-newer-key" }),
} as const;

export const tuneTerms = (scene: Making, more: Partial<Terms>): void =>
  amend(scene as Scene<"contract.create">, { terms: { ...scene.command.terms, ...more } });

export const aboutTerms = {
  requiredWorkgroupsAreSeen: {
    refusal: { code: "not-found", rule: "requiredWorkgroups" },
    spoil: (scene: Making) => tuneTerms(scene, { requiredWorkgroups: [channel, den] }),
  },
  termsFitCeilings: {
    refusal: { code: "contract.above-ceiling", rule: "maxEnvelopes", limit: 1_000_000, used: 1_000_001 },
    spoil: (scene: Making) => tuneTerms(scene, { maxEnvelopes: 1_000_001 }),
  },
  observationFits: {
    refusal: { code: "request.malformed", rule: "observe.until" },
    spoil: (scene: Making) =>
      tuneTerms(scene, { observe: { until: new Date(now).toISOString(), terms: ["messageTypes"] } }),
  },
} as const;

export const isSigned = {
  refusal: { code: "statement.invalid", rule: "name" },
  spoil: (scene: Making) =>
    amend(scene as Scene<"contract.create">, { statement: signedTerms("other-terms", iceDigest) }),
} as const;

export function fillContracts(
  { world }: Scene,
  upTo: number,
  organisation: typeof borealis = borealis,
): void {
  const row = get(world, "contracts", { id: spareContract });
  const here = [...world.rows.contracts.values()].filter((one) => one.organisation === organisation).length;
  for (let n = here; row && n < upTo; n++) {
    put(world, "contracts", { ...row, organisation, id: idOf("contract", 1_000 + n), name: `filler-${n}` });
  }
}

export function fillVersions({ world }: Scene, upTo: number): void {
  const row = get(world, "contractVersions", { contract: weatherContract, number: 1 });
  for (let number = 2; row && number <= upTo; number++) {
    put(world, "contractVersions", { ...row, number, termsDigest: `filler ${number}` });
  }
  patch(world, "contracts", { id: weatherContract }, { latest: upTo });
}

export const versionOf = (more: Partial<ContractVersion>): ContractVersion => ({
  contract: weatherContract,
  number: 1,
  organisation: borealis,
  terms: iceTerms,
  termsDigest: iceDigest,
  statement: "signed-ice-terms",
  by: bea,
  createdAt: now,
  ...more,
});
