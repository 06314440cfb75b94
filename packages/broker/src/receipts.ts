/**
 * Receipts: once the end of a session is covered by a checkpoint of both organisations' logs, the broker states what the
 * session was, in the same signed words for both. What is stated is read of the record, never of what anybody remembers.
 */
import { makeId, type ReceiptClaims, ReceiptFold, receiptText, statementTypes } from "@parley/protocol";
import type { Clock } from "./clock.js";
import type { Command } from "./governance/command.js";
import type { ReceiptDue, ReceiptProof } from "./governance/entities.js";
import { sessionStream } from "./governance/fact.js";
import type { BrokerKeys } from "./keys.js";
import type { Store } from "./ledger/store.js";
import { logOf } from "./ledger/stream.js";

export interface ReceiptsOptions {
  readonly store: Pick<Store, "read" | "readAside">;
  readonly send: (command: Command<"receipt.keep">) => Promise<{ readonly outcome: "accepted" | "refused" }>;
  readonly keys: Pick<BrokerKeys, "sign">;
  readonly issuer: () => string;
  readonly clock: Clock;
  /** It is there, for whoever held a side. */
  readonly ready: (claims: ReceiptClaims) => void;
  /** One of them could not be made: told, and tried again with the next round. */
  readonly onFault: (fault: unknown) => void;
}

/** So many share the commit in which they are kept. */
const together = 32;
const factsPerRead = 64;
/** What is left then waits for the next round: seconds have to end meanwhile. */
const roundsMax = 64;

/** Makes those that are due and covered, and says how many. */
export function openReceipts(options: ReceiptsOptions): (isOver: () => boolean) => Promise<number> {
  return async (isOver) => {
    let made = 0;
    let after: ReceiptDue | null = null;
    for (let round = 0; round < roundsMax && !isOver(); round++) {
      const dues: readonly ReceiptDue[] = await duesAfter(options.store, after);
      const results = await Promise.all(dues.map((due) => makeOne(options, due)));
      made += results.filter((isMade) => isMade).length;
      after = dues.at(-1) ?? null;
      if (after === null || dues.length < together) break;
    }
    return made;
  };
}

async function duesAfter(store: ReceiptsOptions["store"], after: ReceiptDue | null) {
  const by = { after, limit: together };
  return (await store.readAside({ dues: { find: "receiptDues", by } })).dues;
}

async function makeOne(options: ReceiptsOptions, due: ReceiptDue): Promise<boolean> {
  try {
    return await makeReceipt(options, due);
  } catch (fault) {
    options.onFault(fault);
    return false;
  }
}

/** [REC-11] */
async function makeReceipt(options: ReceiptsOptions, { session }: ReceiptDue): Promise<boolean> {
  const { store, send, keys, issuer, clock, ready } = options;
  const covered = await coveredIn(store, session);
  if (covered === undefined) return false;
  const claims = await claimsOf(store, session, issuer());
  if (claims === undefined) return false;
  const statement = await keys.sign("receipt", receiptText(claims), statementTypes.receipt);
  const receipt = { session, madeAt: clock.now(), statement };
  const { outcome } = await send({ kind: "receipt.keep", id: makeId("command"), receipt, proofs: covered });
  if (outcome === "accepted") ready(claims);
  return outcome === "accepted";
}

/** Undefined where contents have been removed, of which nothing can be stated any more. */
async function claimsOf(
  store: ReceiptsOptions["store"],
  session: ReceiptDue["session"],
  issuer: string,
): Promise<ReceiptClaims | undefined> {
  const fold = new ReceiptFold(issuer);
  const stream = sessionStream(session);
  for (let after = 0; ; ) {
    const by = { stream, after, limit: factsPerRead, kind: null };
    const { facts } = await store.readAside({ facts: { find: "factsPage", by } });
    for (const { skeleton, hash, contentText } of facts)
      fold.add({ skeleton, hash, content: contentText === null ? null : JSON.parse(contentText) });
    const last = facts.at(-1);
    if (last === undefined) return fold.claims();
    after = last.skeleton.position;
  }
}

/** Before anything of the chain is read: it may be long, and its second may still go on. */
async function coveredIn(
  store: ReceiptsOptions["store"],
  session: ReceiptDue["session"],
): Promise<readonly ReceiptProof[] | undefined> {
  const { found, head } = await store.read({
    found: { find: "sessionDue", by: { id: session } },
    head: { find: "streamHead", by: { stream: sessionStream(session) } },
  });
  if (found === undefined || head === undefined) return undefined;
  const organisations = [found.consumer.side.organisation, found.provider.side.organisation];
  const logs = [...new Set(organisations.map(logOf))];
  const proofs = await Promise.all(logs.map((log) => proofIn(store, log, session, head.position)));
  const covered = proofs.filter((proof) => proof !== undefined);
  return covered.length === logs.length ? covered : undefined;
}

async function proofIn(
  store: ReceiptsOptions["store"],
  log: string,
  session: ReceiptDue["session"],
  position: number,
): Promise<ReceiptProof | undefined> {
  const { leaf, checkpoint, era } = await store.read({
    leaf: { find: "leafOf", by: { log, stream: sessionStream(session), position } },
    checkpoint: { find: "checkpoint", by: { log } },
    era: { find: "era", by: {} },
  });
  if (leaf === undefined || checkpoint === undefined || checkpoint.era !== era) return undefined;
  if (checkpoint.size <= leaf.index) return undefined;
  return { session, log, leaf: leaf.index, size: checkpoint.size, note: checkpoint.note };
}
