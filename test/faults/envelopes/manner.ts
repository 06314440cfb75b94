/** How a client behaves, and what it behaves with. */
import type { Principal } from "../../fixtures/principal.js";
import type { History } from "./history.js";

export interface Manner {
  /** How often it vanishes, of all that it does. */
  readonly vanishes: number;
  /** How often it handles what it was given at once; otherwise it comes to it later. */
  readonly handles: number;
  /** How often it stops reading for a while. */
  readonly dozes: number;
  /** How often what comes again is something else under the same id. */
  readonly forges: number;
}

export interface ClientParts {
  readonly principal: Principal;
  readonly history: History;
  readonly random: () => number;
  readonly manner: Manner;
  /** Where its sockets go, if not to where its home is. */
  readonly through?: string;
  /** How many of each envelope arrive there. */
  readonly copies?: number;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
