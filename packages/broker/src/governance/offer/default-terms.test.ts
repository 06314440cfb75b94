/** Under the default terms each provider organisation counts for itself: they are its own terms, as any others are [CON-1]. */
import { defaultContract, defaultTerms, defaultTermsDigest } from "@parley/protocol";
import { expect, test } from "vitest";
import type { Side } from "../engagement-entities.js";
import { command } from "../testing/asked.js";
import { proposalOf } from "../testing/asked-sessions.js";
import * as cast from "../testing/cast.js";
import * as city from "../testing/city.js";
import { settle } from "../testing/decide.js";
import { all, patch, put } from "../testing/world.js";

const { now } = cast;
const contract = { id: defaultContract, termsDigest: defaultTermsDigest };
const statement = proposalOf(cast.scout1, { termsDigest: defaultTermsDigest });

/** As many sessions of the consumer as the default terms allow, with agents of one organisation. */
function heldWith(organisation: Side["organisation"]) {
  const world = city.city();
  world.rows.sessions.clear();
  world.rows.sides.clear();
  for (const row of all(world, "advertisements"))
    put(world, "advertisements", { ...row, content: { ...row.content, contract } });
  for (const row of all(world, "offers")) put(world, "offers", { ...row, contract: defaultContract });
  for (let n = 0; n < defaultTerms.maxConcurrentSessions; n++) {
    const id = cast.idOf("session", 600 + n);
    const under = { contract: defaultContract, terms: defaultTerms, termsDigest: defaultTermsDigest };
    const proposal = cast.idOf("proposal", 600 + n);
    city.putSession(world, city.sessionRow(id, city.lives.active, { ...under, proposal }));
    patch(world, "sides", { session: id, side: "provider" }, { organisation });
  }
  return world;
}

test.each([
  ["the same provider's", cast.borealis, "refused"],
  ["another provider's", city.delta, "accepted"],
] as const)("maxConcurrentSessions of %s [SES-16]", (_name, organisation, expected) => {
  const verdict = settle(heldWith(organisation), command("session.propose", { statement }), now + 1);
  expect(verdict.verdict).toBe(expected);
  const limit = defaultTerms.maxConcurrentSessions;
  const refusal = { code: "contract.unmet", rule: "maxConcurrentSessions", limit, used: limit };
  if (verdict.verdict === "refused") expect(verdict.refusal).toEqual(refusal);
});
