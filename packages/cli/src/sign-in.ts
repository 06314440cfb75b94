/** Speaking as a profile. */
import { BrokerClient, enrolmentOf } from "@parley/agent-sdk";
import type { SignedIn } from "./invocation.js";
import { type Environment, openProfile } from "./profile.js";
import { statementsOf } from "./signing.js";

export async function signIn(env: Environment, profile: string, stop: AbortSignal): Promise<SignedIn> {
  const identity = await openProfile(env, profile);
  const client = new BrokerClient({ identity });
  return {
    speaker: {
      issuer: client.issuer,
      principal: enrolmentOf(identity).principalId,
      send: (ask) => client.send({ ...ask, signal: stop }),
      events: (ask) => client.events({ ...ask, signal: stop }),
      replaceKey: () => client.replaceKey(),
      statements: statementsOf(client),
    },
    close: () => identity.close(),
  };
}
