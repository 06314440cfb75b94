/**
 * Replacing the key: the new one is kept before the broker is asked, and an answer that never came is settled by asking
 * for a token with the new key first [ID-10].
 */
import { limits } from "@parley/protocol";
import { enrolmentOf, type TokenSource } from "./access-token.js";
import type { Exchange } from "./exchange.js";
import { ParleyFault } from "./fault.js";
import type { Identity, IdentityKey } from "./identity.js";
import { keyReplacementProofs } from "./statements.js";

/** What of a client a replacement needs. */
export interface KeyHolder {
  readonly identity: Identity;
  readonly exchange: Exchange;
  readonly tokens: TokenSource;
  send(ask: { readonly method: "POST"; readonly path: string; readonly body: unknown }): Promise<unknown>;
}

const running = new WeakMap<Identity, Promise<string>>();

/** Two who ask at once get the same new key. */
export function replaceKey(client: KeyHolder): Promise<string> {
  const { identity } = client;
  const known = running.get(identity);
  if (known !== undefined) return known;
  const run = replace(client).finally(() => running.delete(identity));
  running.set(identity, run);
  return run;
}

async function replace(client: KeyHolder): Promise<string> {
  const { identity } = client;
  // Whatever an earlier attempt left behind is settled before another begins.
  const token = await client.tokens.token();
  const nextKey = await identity.prepareKey();
  try {
    await ask(client, nextKey);
    await identity.confirmKey(client.exchange.now());
    client.tokens.drop(token);
    return nextKey.thumbprint;
  } catch (error) {
    return settle(client, nextKey, error);
  }
}

async function ask(client: KeyHolder, nextKey: IdentityKey): Promise<void> {
  const { identity, exchange } = client;
  const { principalId, issuer } = enrolmentOf(identity);
  const proofs = await keyReplacementProofs(identity.key, nextKey, principalId, issuer, exchange.now());
  const body = { publicKey: nextKey.publicKey, ...proofs };
  await client.send({ method: "POST", path: "/v1/key", body });
}

/** Even a refusal may be the answer to a repeat of what was taken the first time, and its answer lost. */
async function settle(client: KeyHolder, nextKey: IdentityKey, error: unknown): Promise<string> {
  await client.tokens.settleKey();
  if (client.identity.key.thumbprint === nextKey.thumbprint) return nextKey.thumbprint;
  if (error instanceof ParleyFault) throw error;
  // Answered, and the old key still speaks: this new key will never be taken.
  await client.identity.discardKey();
  throw error;
}

/** Whether half of the lease has passed since the key became the principal's. */
export function keyIsDue(client: KeyHolder, leaseSeconds: number = limits.leaseSeconds): boolean {
  const { keySinceMs } = client.identity;
  return keySinceMs !== undefined && client.exchange.now() - keySinceMs >= (leaseSeconds * 1_000) / 2;
}
