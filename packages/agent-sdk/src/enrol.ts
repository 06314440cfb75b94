/** Enrolment: a token that an operator minted becomes an identity, once, for the key that redeems it [ID-23]. */
import { enrolledSchema } from "@parley/protocol";
import { discoverIssuer } from "./broker-address.js";
import { pause } from "./clock.js";
import { Exchange, type ExchangeOptions } from "./exchange.js";
import { ParleyFault } from "./fault.js";
import type { Enrolment, Identity } from "./identity.js";
import { memoryIdentity } from "./memory-identity.js";
import { enrolmentProof } from "./statements.js";

/** What an enrolment needs. */
export interface EnrolOptions extends ExchangeOptions {
  /** The broker's address, as it knows itself. */
  readonly broker: string;
  /** `parley_enrol_…`, as an operator minted it. It works as often as was said. */
  readonly token: string;
  /** Where the key lives. Without one it lives as long as this process. */
  readonly identity?: Identity;
  /** Gives up. The key is kept: the same call goes on with it. */
  readonly signal?: AbortSignal;
}

const attemptsMax = 3;

/**
 * The key is kept before the token is redeemed, and redeeming it again with the same key gives the same answer: so
 * after a crash in between, the same call finishes what was begun.
 */
export async function enrol(options: EnrolOptions): Promise<Identity> {
  const identity = options.identity ?? (await memoryIdentity());
  if (identity.enrolment !== undefined) {
    throw new ParleyFault(`this identity is ${identity.enrolment.principalId} already`, "never");
  }
  const exchange = new Exchange(options);
  const issuer = await discoverIssuer(exchange, options.broker, options.signal);
  await identity.persist();
  const proof = await enrolmentProof(identity.key, issuer, options.token);
  const body = JSON.stringify({ token: options.token, publicKey: identity.key.publicKey, proof });
  const enrolment = await redeem(exchange, issuer, body, options.signal);
  await identity.enrolled(enrolment, exchange.now());
  return identity;
}

async function redeem(
  exchange: Exchange,
  issuer: string,
  body: string,
  signal: AbortSignal | undefined,
): Promise<Enrolment> {
  const headers = { "content-type": "application/json" };
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await exchange.send({
        method: "POST",
        url: `${issuer}/v1/enrolments`,
        headers,
        body,
        signal,
      });
      return readEnrolment(answer.body, issuer);
    } catch (error) {
      const again = error instanceof ParleyFault && error.retry !== "never" && attempt < attemptsMax;
      if (!again) throw error;
      await pause(exchange.clock, 250 * attempt, signal);
    }
  }
}

function readEnrolment(body: unknown, issuer: string): Enrolment {
  const enrolled = enrolledSchema.safeParse(body);
  if (!enrolled.success)
    throw new ParleyFault("the broker's answer to the enrolment makes no sense here", "never");
  if (enrolled.data.issuer !== issuer)
    throw new ParleyFault("the broker enrolled for another issuer", "never");
  return enrolled.data;
}
