/** What an agent is doing about its connection, as its author can see it. */
import type { Welcome } from "@parley/protocol";
import type { Ending } from "./ending.js";
import type { ParleyFault } from "./fault.js";
import type { ParleyRefusal } from "./refusal.js";

/** Why there is no connection now. */
export type Loss =
  | { readonly why: "ended"; readonly ending: Ending }
  | { readonly why: "refused"; readonly refusal: ParleyRefusal }
  | { readonly why: "fault"; readonly fault: ParleyFault };

/** Connecting, connected, waiting for the next attempt, or closed for ever. */
export type AgentState =
  | { readonly state: "connecting"; readonly attempt: number }
  | { readonly state: "connected"; readonly welcome: Welcome }
  | { readonly state: "waiting"; readonly forMs: number; readonly loss: Loss }
  /** For ever. `asked` is a close of our own. */
  | { readonly state: "closed"; readonly loss: Loss | { readonly why: "asked" } };

/** One sentence for a log or a terminal. */
export function describeLoss(loss: Loss | { readonly why: "asked" }): string {
  switch (loss.why) {
    case "asked":
      return "closed here";
    case "ended":
      return `${loss.ending.says} (${loss.ending.code})`;
    case "refused":
      return `${loss.refusal.message} (${loss.refusal.code})`;
    case "fault":
      return loss.fault.message;
  }
}
