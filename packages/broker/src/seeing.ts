/** What those who run a broker see of it: whether it is ready and what it counts, from its start to the end of its stop. */
import type { Logger } from "pino";
import type { Address } from "./config.js";
import type { Counted } from "./counted.js";
import { reasonOf } from "./data-path.js";
import type { Ending } from "./ending.js";
import { openManagement } from "./management.js";
import { type Figures, openMetrics } from "./metrics.js";
import { type OpenReadiness, openReadiness } from "./readiness.js";

export interface Seeing {
  readonly readiness: OpenReadiness;
  readonly port: number;
}

export interface SeeingNeeds {
  readonly address: Address;
  readonly counted: Counted;
  readonly figures: Omit<Figures, "readiness">;
  readonly log: Logger;
  readonly ending: Ending;
}

export async function openSeeing({ address, counted, figures, log, ending }: SeeingNeeds): Promise<Seeing> {
  const readiness = openReadiness({
    reasonOf,
    changed: ({ ready, why }) => (ready ? log.info({ why }, "ready again") : log.error({ why }, "not ready")),
  });
  const metrics = openMetrics(counted, { ...figures, readiness });
  const management = await openManagement(address, readiness, metrics);
  ending.opened(() => management.close());
  return { readiness, port: management.port };
}
