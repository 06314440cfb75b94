/** What stands in an identity's file, and how it is read back: strictly, and without ever quoting what it found. */
import { enrolledSchema, publicKeySchema } from "@parley/protocol";
import { z } from "zod";
import { ParleyFault } from "./fault.js";
import type { IdentityKey } from "./identity.js";
import type { RingState } from "./key-ring.js";
import { keyOf, type PrivateJwk } from "./signing-key.js";

/** A key together with what its file needs to take it up again. */
export interface KeptKey extends IdentityKey {
  readonly privateJwk: PrivateJwk;
}

const privateJwk = publicKeySchema.extend({ d: z.string().regex(/^[A-Za-z0-9_-]{43}$/) });

const recordSchema = z.strictObject({
  version: z.literal(1),
  enrolment: enrolledSchema.nullable(),
  key: privateJwk,
  keySince: z.iso.datetime().nullable(),
  nextKey: privateJwk.nullable(),
});
type IdentityRecord = z.infer<typeof recordSchema>;

export function recordOf(state: RingState<KeptKey>): IdentityRecord {
  return {
    version: 1,
    enrolment: state.enrolment ?? null,
    key: state.key.privateJwk,
    keySince: state.keySinceMs === undefined ? null : new Date(state.keySinceMs).toISOString(),
    nextKey: state.nextKey?.privateJwk ?? null,
  };
}

export async function readRecord(file: string, text: string): Promise<RingState<KeptKey>> {
  const record = recordSchema.safeParse(parse(text));
  if (!record.success) throw damaged(file);
  const { enrolment, key, keySince, nextKey } = record.data;
  try {
    return {
      enrolment: enrolment ?? undefined,
      key: await keptKey(key),
      keySinceMs: keySince === null ? undefined : Date.parse(keySince),
      nextKey: nextKey === null ? undefined : await keptKey(nextKey),
    };
  } catch {
    throw damaged(file);
  }
}

async function keptKey(jwk: PrivateJwk): Promise<KeptKey> {
  return { ...(await keyOf(jwk)), privateJwk: jwk };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** No cause: a parser's message quotes what it could not parse, and here that may be a private key. */
const damaged = (file: string) =>
  new ParleyFault(`${file} is not an identity of this version, or it is damaged`, "never");
