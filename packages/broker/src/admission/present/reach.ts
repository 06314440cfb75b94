/** How it looks from outside what an agent could do and reach. */
import type { ExplanationView } from "@parley/protocol";
import type { Explanation } from "../../records/explain.js";
import { timeText } from "./identities.js";

export function viewExplanation(
  { agent, offer, checks, wouldRefuse }: Explanation,
  now: number,
): ExplanationView {
  const refusal = checks.find(({ outcome }) => outcome === "refused")?.refusal ?? null;
  return {
    agent,
    at: timeText(now),
    allowed: refusal === null,
    refusal,
    offer: offer && { ...offer, terms: structuredClone(offer.terms) },
    checks: checks.map((each) => ({ ...each })),
    wouldRefuse: wouldRefuse.map((each) => ({ ...each })),
  };
}
