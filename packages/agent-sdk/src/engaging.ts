/** Proposing a session, and waiting for what becomes of the proposal. */
import { makeId, sessionSchema } from "@parley/protocol";
import { type Signer, shownTermsDigest, signProposal } from "./binding-statements.js";
import type { Offer } from "./catalog.js";
import { orAborted } from "./clock.js";
import { ParleyFault } from "./fault.js";
import type { Link } from "./link.js";
import { patiently } from "./patience.js";
import type { Session } from "./session.js";
import type { Sessions } from "./sessions.js";

/** How an offer is engaged. */
export interface Engagement {
  /** What it is for: on the record of both sides. */
  readonly purpose?: string;
  /** Of those that are offered; need not be said where one was searched for, or only one is offered. */
  readonly capability?: string;
  /** `active`: until both sides have joined. Otherwise until the proposal is accepted. */
  readonly until?: "accepted" | "active";
  /** Aborting it withdraws the proposal. */
  readonly signal?: AbortSignal;
  /** So long is waited, and then withdrawn. */
  readonly timeoutMs?: number;
}

export async function engage(
  link: Link,
  sessions: Sessions,
  offer: Offer,
  { purpose, capability = theOneIn(offer), until = "accepted", signal, timeoutMs }: Engagement = {},
): Promise<Session> {
  signal?.throwIfAborted();
  const late = new AbortController();
  const giveUp = () => late.abort(new ParleyFault(`not ${until} within ${timeoutMs} ms`, "later"));
  const { clock } = link.client.exchange;
  const cancel = timeoutMs === undefined ? () => undefined : clock.after(timeoutMs, giveUp);
  const either = AbortSignal.any(signal === undefined ? [late.signal] : [late.signal, signal]);
  const proposed = propose(link, sessions, offer, { purpose, capability });
  try {
    const session = await orAborted(proposed, either);
    await sessions.reached(session, until, either);
    return session;
  } catch (error) {
    // The proposal may be on its way, or stand: whoever gave up waiting takes it back.
    if (either.aborted) link.background(proposed.then((session) => sessions.abandon(session)));
    throw error;
  } finally {
    cancel();
  }
}

async function propose(
  link: Link,
  sessions: Sessions,
  offer: Offer,
  { capability, purpose }: { readonly capability: string; readonly purpose: string | undefined },
): Promise<Session> {
  const proposed = {
    // Sent again over another connection, it is still this proposal.
    proposal: makeId("proposal"),
    advertisement: offer.advertisement,
    workgroup: offer.workgroup.id,
    termsDigest: await shownTermsDigest(offer.contract),
    capability,
    purpose,
  };
  const sign = async (signer: Signer) => ({
    call: "propose" as const,
    statement: await signProposal(signer, proposed),
  });
  return patiently(link, async () => {
    const { epoch } = link.self;
    return sessions.hold(await link.signed(sign, sessionSchema), epoch);
  });
}

function theOneIn({ sought, capabilities, name }: Offer): string {
  // Without types anything may come, the offer's id first of all.
  if (!Array.isArray(capabilities))
    throw new TypeError("engage wants an offer, as agent.catalog.search and agent.catalog.watch give it");
  const [only, more] = capabilities;
  if (sought !== undefined) return sought;
  if (only !== undefined && more === undefined) return only.name;
  throw new ParleyFault(`${name} offers several capabilities: say which one`, "never");
}
