/** A fake broker and a stepped clock that agree on the time, for the length of one test. */
import { onTestFinished } from "vitest";
import { enrol } from "../enrol.js";
import type { Identity } from "../identity.js";
import { FakeBroker } from "./fake-broker.js";
import { SteppedClock } from "./stepped-clock.js";

export interface World {
  readonly broker: FakeBroker;
  readonly clock: SteppedClock;
}

/** `aheadMs`: how far the broker's clock is ahead of the client's. */
export async function world(aheadMs = 0): Promise<World> {
  const clock = new SteppedClock();
  const start = clock.wall() + aheadMs;
  const broker = await FakeBroker.start(() => start + clock.elapsed());
  onTestFinished(() => broker.stop());
  return { broker, clock };
}

export function enrolled({ broker, clock }: World, identity?: Identity): Promise<Identity> {
  const kept = identity === undefined ? {} : { identity };
  return enrol({ broker: broker.issuer, token: broker.enrolmentToken, clock, ...kept });
}
