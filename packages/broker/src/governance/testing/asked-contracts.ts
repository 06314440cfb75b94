/** A well-formed command of each kind about contracts and advertisements, which is accepted in the town. */
import {
  type AdvertisementClaims,
  type AdvertisementContent,
  type ContractClaims,
  completeAdvertisement,
  completeTerms,
  type PrincipalId,
} from "@parley/protocol";
import type { Signed } from "../command.js";
import type { EngagementCommands } from "../engagement-commands.js";
import { by } from "./asking.js";
import * as cast from "./cast.js";
import { channel, spareContract, weatherContract, weatherDigest } from "./city.js";

const binding = (iss: PrincipalId) =>
  ({ iss, aud: "https://broker.example", iat: Math.floor(cast.now / 1_000) }) as const;

const signed = <C extends { iss: PrincipalId }>(text: string, claims: C): Signed<C> => ({
  text,
  digest: `digest-of-${text}`,
  thumbprint: cast.thumbprintOf(claims.iss),
  claims,
});

export const signedTerms = (name: string, termsDigest: string, by: PrincipalId = cast.bea) =>
  signed<ContractClaims>(`signed-${name}`, { ...binding(by), name, termsDigest });

export const signedAdvertisement = (
  content: AdvertisementContent,
  digest: string,
  by: PrincipalId = cast.bea,
) => {
  const { agent, name, contract } = content;
  const says = { agent, name, contract: contract.id, termsDigest: contract.termsDigest, digest };
  return signed<AdvertisementClaims>(`signed-${name}`, { ...binding(by), ...says });
};

export const iceTerms = completeTerms({ maxEnvelopes: 10, acceptance: "open" });
export const iceDigest = "digest-of-ice-terms";

export const tidesContent = completeAdvertisement({
  agent: cast.north,
  name: "tides",
  description: "When the sea comes",
  capabilities: [{ name: "tides.today" }],
  workgroups: [channel],
  contract: { id: weatherContract, termsDigest: weatherDigest },
});
export const tidesDigest = "digest-of-tides";

export const contractAsked = {
  "contract.create": {
    ...by(cast.bea),
    contract: cast.idOf("contract", 500),
    name: "ice-terms",
    terms: iceTerms,
    termsDigest: iceDigest,
    statement: signedTerms("ice-terms", iceDigest),
  },
  "contract.version": {
    ...by(cast.bea),
    contract: weatherContract,
    terms: iceTerms,
    termsDigest: iceDigest,
    statement: signedTerms("weather-terms", iceDigest),
  },
  "contract.delete": { ...by(cast.bea), contract: spareContract },
  "advertisement.publish": {
    ...by(cast.bea),
    agent: cast.north,
    name: "tides",
    advertisement: cast.idOf("advertisement", 500),
    content: tidesContent,
    digest: tidesDigest,
    statement: signedAdvertisement(tidesContent, tidesDigest),
    expectedVersion: null,
    socket: null,
  },
  "advertisement.retract": { ...by(cast.bea), agent: cast.north, name: "weather", socket: null },
} satisfies Partial<EngagementCommands>;
