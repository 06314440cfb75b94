/** One question to whoever answers it: found, engaged, asked, and let go. */
import type { Catalog } from "./catalog.js";
import type { Engagement } from "./engaging.js";
import type { Envelope } from "./envelopes/envelope.js";
import { ParleyFault } from "./fault.js";
import type { Link } from "./link.js";
import type { Session } from "./session.js";

/** How a question is asked. */
export interface Question {
  /** Only of those that offer it in this workgroup. */
  readonly workgroup?: string;
  /** What it is for: on the record of both sides. */
  readonly purpose?: string;
  /** So long is waited, for all of it together. */
  readonly timeoutMs?: number;
  /** Aborting it gives up. */
  readonly signal?: AbortSignal;
}

/** What is needed to ask. */
export interface Means {
  readonly link: Link;
  readonly catalog: Catalog;
  engage(offer: Awaited<ReturnType<Catalog["search"]>>[number], engagement: Engagement): Promise<Session>;
}

export async function ask(
  { link, catalog, engage }: Means,
  capability: string,
  { type, body }: { readonly type: string; readonly body: unknown },
  { workgroup, purpose, timeoutMs, signal }: Question,
): Promise<Envelope> {
  const { clock } = link.client.exchange;
  const beganMs = clock.elapsed();
  const rest = () => ({
    ...(timeoutMs !== undefined && { timeoutMs: Math.max(timeoutMs - (clock.elapsed() - beganMs), 0) }),
    ...(signal !== undefined && { signal }),
  });
  const filter = { capability, available: true, limit: 1, ...(workgroup !== undefined && { workgroup }) };
  const [offer] = await catalog.search(filter, rest());
  if (offer === undefined) throw new ParleyFault(`nobody offers ${capability} now`, "later");
  const session = await engage(offer, { ...rest(), ...(purpose !== undefined && { purpose }) });
  try {
    return await session.request(type, body, rest());
  } finally {
    // There is an answer, or there is none: what becomes of the goodbye changes neither.
    const closed = session.close().catch((error: unknown) => link.trouble(error));
    // Without a connection it may take longer than anybody wants to wait: it is closed when there is one again.
    if (link.isConnected) await closed;
  }
}
