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

/** The TypeID text of sixteen bytes: 128 bits, five at a time from the right. */
export function encodeId<K extends IdKind>(kind: K, bytes: Uint8Array): Id<K> {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  let text = "";
  for (let i = 0; i < 26; i++) {
    text = alphabet.charAt(Number(value & 31n)) + text;
    value >>= 5n;
  }
  return `${idPrefixes[kind]}_${text}` as Id<K>;
}

export function makeId<K extends IdKind>(kind: K): Id<K> {
  return encodeId(kind, crypto.getRandomValues(new Uint8Array(16)));
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
