/**
 * Ids are TypeIDs: a prefix that says what the thing is, and 128 random bits in Crockford's base 32.
 * Random in place of time, so that nobody reads from an id when a hidden thing was made [ID-1].
 */
import { z } from "zod";

export const idPrefixes = {
  organisation: "org",
  operator: "opr",
  agent: "agt",
  instance: "ins",
  enrolmentToken: "etk",
  command: "cmd",
  alert: "alr",
  connection: "con",
  accessToken: "tok",
  workgroup: "wkg",
  invitation: "inv",
  selector: "sel",
  contract: "ctr",
  advertisement: "adv",
  proposal: "prp",
  session: "ses",
  envelope: "env",
} as const;

export type IdKind = keyof typeof idPrefixes;
declare const brand: unique symbol;
export type Id<K extends IdKind> = `${(typeof idPrefixes)[K]}_${string}` & { readonly [brand]: K };

export type OrganisationId = Id<"organisation">;
export type OperatorId = Id<"operator">;
export type AgentId = Id<"agent">;
export type InstanceId = Id<"instance">;
export type EnrolmentTokenId = Id<"enrolmentToken">;
export type CommandId = Id<"command">;
export type AlertId = Id<"alert">;
export type ConnectionId = Id<"connection">;
export type AccessTokenId = Id<"accessToken">;
export type WorkgroupId = Id<"workgroup">;
export type InvitationId = Id<"invitation">;
export type SelectorId = Id<"selector">;
export type ContractId = Id<"contract">;
export type AdvertisementId = Id<"advertisement">;
export type ProposalId = Id<"proposal">;
export type SessionId = Id<"session">;
export type EnvelopeId = Id<"envelope">;
/** Whoever can hold a key. */
export type PrincipalId = OperatorId | InstanceId;

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const suffix = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/** The TypeID text of sixteen bytes: 128 bits behind two that are zero, five at a time. */
export function encodeId<K extends IdKind>(kind: K, bytes: Uint8Array): Id<K> {
  let text = "";
  let rest = 0;
  let bits = 2;
  for (const byte of bytes) {
    rest = (rest << 8) | byte;
    for (bits += 8; bits >= 5; ) {
      bits -= 5;
      text += alphabet.charAt((rest >>> bits) & 31);
    }
    rest &= (1 << bits) - 1;
  }
  return `${idPrefixes[kind]}_${text}` as Id<K>;
}

const idBytes = 16;
/** Asking for many bytes costs as much as asking for few; each is used once, and none is kept. */
const pool = new Uint8Array(256 * idBytes);
let used = pool.length;

export function makeId<K extends IdKind>(kind: K): Id<K> {
  if (used === pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  const bytes = pool.subarray(used, used + idBytes);
  const id = encodeId(kind, bytes);
  bytes.fill(0);
  used += idBytes;
  return id;
}

export function isId<K extends IdKind>(kind: K, text: string): text is Id<K> {
  const prefix = `${idPrefixes[kind]}_`;
  return text.startsWith(prefix) && suffix.test(text.slice(prefix.length));
}

/** A plain string schema underneath, so that it reads, writes and documents alike; only the type is narrower. */
export function idSchema<K extends IdKind>(kind: K) {
  const prefix = idPrefixes[kind];
  const pattern = new RegExp(`^${prefix}_[0-7][0-9a-hjkmnp-tv-z]{25}$`);
  return z.string().regex(pattern, `expected an id like ${prefix}_…`) as unknown as z.ZodType<Id<K>, Id<K>>;
}

export const isPrincipalId = (text: string): text is PrincipalId =>
  isId("operator", text) || isId("instance", text);
