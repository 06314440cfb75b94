/**
 * What a receipt says of a closed session. Broker and verifier fold the session's chain in the same way, one fact after
 * the other, so a receipt that differs from the record is found, and the same session always gives the same bytes [EVD-6].
 */
import { z } from "zod";
import { canonicalJson, type Json } from "../canonical.js";
import { type SideName, sessionEndings, sideSchema } from "../engagement-resources.js";
import { idSchema } from "../ids.js";
import type { FactSkeleton } from "../sent-fact.js";
import { statementSchema, thumbprintSchema } from "../statements.js";
import { capabilityNameSchema } from "../text.js";
import { timeSchema } from "../time.js";

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const instance = idSchema("instance");
const statement = statementSchema.nullable();
const time = timeSchema.nullable();

const party = z.strictObject({
  organisation: idSchema("organisation"),
  agent: idSchema("agent"),
  /** All that held the side, in the order in which they first did. */
  instances: z.array(instance),
  envelopes: count,
  /** Header and payload, as received. */
  bytes: count,
  types: z.record(z.string(), count),
});

export const receiptClaims = z.strictObject({
  iss: z.string(),
  /** Seconds: when the session was closed. */
  iat: count,
  session: idSchema("session"),
  workgroup: idSchema("workgroup"),
  advertisement: idSchema("advertisement"),
  capability: capabilityNameSchema,
  contract: idSchema("contract"),
  termsDigest: thumbprintSchema,
  consumer: party,
  provider: party,
  /** The signatures that bind, whole; null: the broker's own terms, and what was accepted beforehand or never. */
  agreements: z.strictObject({
    proposal: statementSchema,
    advertisement: statementSchema,
    contract: statement,
    acceptance: statement,
  }),
  proposedAt: timeSchema,
  acceptedAt: time,
  activeAt: time,
  closed: z.strictObject({
    at: timeSchema,
    reason: z.enum(sessionEndings),
    by: z.union([idSchema("operator"), instance, z.literal("broker")]),
    side: sideSchema.nullable(),
    rule: z.string().nullable(),
  }),
  firstSentAt: time,
  lastSentAt: time,
  /** The last fact of the session's chain. */
  head: z.strictObject({ position: count, hash: thumbprintSchema }),
});
export type ReceiptClaims = z.infer<typeof receiptClaims>;

/** The payload that is signed: as one session has one chain, so it has one text. */
export const receiptText = (claims: ReceiptClaims): string => canonicalJson(claims as unknown as Json);

/** A fact of the session's chain; `content` as JSON is read, null once it was removed. */
export interface ReceiptFact {
  readonly skeleton: FactSkeleton;
  readonly hash: string;
  readonly content: unknown;
}

/** Different ones that are counted by themselves. */
export const receiptTypesMax = 1_000;
/** No type is spelled so. */
export const otherTypes = "…other";

const millis = z.int().min(0).max(8_640_000_000_000_000);
const side = z.object({ organisation: idSchema("organisation"), agent: idSchema("agent") });
const proposed = z.object({
  session: receiptClaims
    .pick({ workgroup: true, advertisement: true, capability: true, contract: true, termsDigest: true })
    .extend({ id: idSchema("session"), proposedAt: millis })
    .strip(),
  consumer: side,
  provider: side,
  statements: receiptClaims.shape.agreements.omit({ acceptance: true }),
});
const accepted = z.object({ life: z.object({ acceptedAt: millis }), statement });
const joined = z.object({ side: sideSchema, instance });
const handedOver = z.object({ side: sideSchema, to: instance });
const activated = z.object({ life: z.object({ activeAt: millis }) });
const closed = z.object({
  life: z.object({
    closedAt: millis,
    ending: receiptClaims.shape.closed.omit({ at: true }).strip(),
  }),
});
const sent = z.object({
  side: sideSchema,
  sent: count,
  entries: z.array(z.object({ header: z.string() })).min(1),
});

interface Party {
  readonly instances: Set<string>;
  envelopes: number;
  bytes: number;
  readonly types: Map<string, number>;
}
type Proposed = z.infer<typeof proposed>;
type Closed = z.infer<typeof closed>["life"] & { readonly head: ReceiptClaims["head"] };

const emptyParty = (): Party => ({ instances: new Set(), envelopes: 0, bytes: 0, types: new Map() });
const spelled = (at: number | undefined): string | null =>
  at === undefined ? null : new Date(at).toISOString();
const byText = ([a]: readonly [string, number], [b]: readonly [string, number]): number => (a < b ? -1 : 1);

/** The chain of one session, told fact by fact from its first to its last. */
export class ReceiptFold {
  readonly #issuer: string;
  readonly #parties: Readonly<Record<SideName, Party>> = { consumer: emptyParty(), provider: emptyParty() };
  #position = 0;
  #isReadable = true;
  #proposed: Proposed | undefined;
  #acceptance: string | null = null;
  #acceptedAt: number | undefined;
  #activeAt: number | undefined;
  #firstSentAt: number | undefined;
  #lastSentAt: number | undefined;
  #closed: Closed | undefined;

  constructor(issuer: string) {
    this.#issuer = issuer;
  }

  /** What cannot be read, or does not come next, leaves a chain that no receipt is made of. */
  add({ skeleton, hash, content }: ReceiptFact): void {
    const data = (content as { readonly data?: unknown } | null)?.data;
    const { position, kind, at } = skeleton;
    this.#isReadable &&= position === this.#position + 1 && this.#closed === undefined;
    this.#position = position;
    if (this.#isReadable) this.#isReadable = this.#take(kind, data, at, { position, hash });
  }

  #take(kind: string, data: unknown, at: number, head: ReceiptClaims["head"]): boolean {
    if ((kind === "session.proposed") !== (head.position === 1)) return false;
    switch (kind) {
      case "session.proposed":
        this.#proposed = proposed.safeParse(data).data;
        return this.#proposed !== undefined;
      case "session.accepted":
        return this.#accept(data);
      case "session.joined":
        return this.#hold(joined.safeParse(data).data);
      case "session.handed-over": {
        const taken = handedOver.safeParse(data).data;
        return this.#hold(taken && { side: taken.side, instance: taken.to });
      }
      case "session.activated":
        this.#activeAt = activated.safeParse(data).data?.life.activeAt;
        return this.#activeAt !== undefined;
      case "session.sent":
        return this.#send(sent.safeParse(data).data, at);
      case "session.closed": {
        const end = closed.safeParse(data).data;
        this.#closed = end && { ...end.life, head };
        return this.#closed !== undefined;
      }
      default:
        return data !== undefined;
    }
  }

  #accept(data: unknown): boolean {
    const { data: fact } = accepted.safeParse(data);
    this.#acceptance = fact?.statement ?? null;
    this.#acceptedAt = fact?.life.acceptedAt;
    return fact !== undefined;
  }

  #hold(fact: z.infer<typeof joined> | undefined): boolean {
    if (fact !== undefined) this.#parties[fact.side].instances.add(fact.instance);
    return fact !== undefined;
  }

  #send(fact: z.infer<typeof sent> | undefined, at: number): boolean {
    if (fact === undefined) return false;
    const party = this.#parties[fact.side];
    party.envelopes += fact.entries.length;
    party.bytes = fact.sent;
    this.#firstSentAt ??= at;
    this.#lastSentAt = at;
    return fact.entries.every(({ header }) => countType(party.types, typeOf(header)));
  }

  /** Undefined until the session is closed, and where its chain cannot be read. */
  claims(): ReceiptClaims | undefined {
    const [began, ended] = [this.#proposed, this.#closed];
    if (!this.#isReadable || began === undefined || ended === undefined) return undefined;
    const { id: session, proposedAt, ...agreed } = began.session;
    const { closedAt, ending, head } = ended;
    return {
      ...agreed,
      iss: this.#issuer,
      iat: Math.floor(closedAt / 1_000),
      session,
      consumer: this.#partyOf("consumer", began),
      provider: this.#partyOf("provider", began),
      agreements: { ...began.statements, acceptance: this.#acceptance },
      proposedAt: new Date(proposedAt).toISOString(),
      acceptedAt: spelled(this.#acceptedAt),
      activeAt: spelled(this.#activeAt),
      closed: { at: new Date(closedAt).toISOString(), ...ending },
      firstSentAt: spelled(this.#firstSentAt),
      lastSentAt: spelled(this.#lastSentAt),
      head,
    };
  }

  #partyOf(name: SideName, began: Proposed): ReceiptClaims["consumer"] {
    const { organisation, agent } = began[name];
    const { instances, envelopes, bytes, types } = this.#parties[name];
    return {
      organisation,
      agent,
      instances: [...instances] as ReceiptClaims["consumer"]["instances"],
      envelopes,
      bytes,
      types: Object.fromEntries([...types].sort(byText)),
    };
  }
}

/** Of a chain that is whole and closed. */
export function receiptOf(issuer: string, facts: Iterable<ReceiptFact>): ReceiptClaims {
  const fold = new ReceiptFold(issuer);
  for (const fact of facts) fold.add(fact);
  const claims = fold.claims();
  if (claims === undefined)
    throw new TypeError("a receipt is of a session that is closed, and has its contents");
  return claims;
}

function countType(types: Map<string, number>, type: string | undefined): boolean {
  if (type === undefined) return false;
  const name = types.has(type) || types.size < receiptTypesMax ? type : otherTypes;
  types.set(name, (types.get(name) ?? 0) + 1);
  return true;
}

/** Of a header as it was sent. */
function typeOf(header: string): string | undefined {
  try {
    const { type } = JSON.parse(header) ?? {};
    return typeof type === "string" ? type : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
