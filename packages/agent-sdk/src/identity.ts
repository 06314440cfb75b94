/**
 * An identity: who a principal is at one broker, and the key that proves it. Private keys never leave it; it signs.
 * `memoryIdentity` lives as long as the process, `fileIdentity` as long as its file; others may be written (a key in
 * hardware, say) by whoever fulfils the interface.
 */
import type { EnrolledView, PublicKey } from "@parley/protocol";

/** The header of what an identity signs. */
export interface StatementHeader {
  /** Ed25519, always. */
  readonly alg: "EdDSA";
  /** What kind of statement it is: nothing is signed without. */
  readonly typ: string;
  /** The key itself, where the reader need not know it. */
  readonly jwk?: PublicKey;
}

/** A key pair whose private half stays where it is. */
export interface IdentityKey {
  /** Its public half. */
  readonly publicKey: PublicKey;
  /** RFC 7638, SHA-256. */
  readonly thumbprint: string;
  /** Signs the claims under this header: a compact JWS. */
  sign(header: StatementHeader, claims: Readonly<Record<string, string | number>>): Promise<string>;
}

/** What the broker answered when the enrolment token was redeemed. */
export type Enrolment = EnrolledView;

/** Who a principal is at one broker, and the key that proves it. */
export interface Identity {
  /** Undefined until the identity has been enrolled. */
  readonly enrolment: Enrolment | undefined;
  /** The key that the broker is known to know. */
  readonly key: IdentityKey;
  /** When that key became the principal's, in the broker's time; undefined before enrolment. */
  readonly keySinceMs: number | undefined;
  /** Made and kept, but nobody here knows whether the broker has taken it: to be tried first. */
  readonly nextKey: IdentityKey | undefined;

  /** Resolves when what the identity is now would survive the process. */
  persist(): Promise<void>;
  /** Keeps what the broker has answered. */
  enrolled(enrolment: Enrolment, sinceMs: number): Promise<void>;
  /** Makes the next key and keeps it before it resolves; one that waits already is answered again. */
  prepareKey(): Promise<IdentityKey>;
  /** The broker has taken the next key: it is the key from now on, and the old one is forgotten. */
  confirmKey(sinceMs: number): Promise<void>;
  /** The broker will never take the next key: it is forgotten. */
  discardKey(): Promise<void>;
  /** Lets go of what it holds (a file's lock). Nothing can be kept afterwards. */
  close(): Promise<void>;
}
