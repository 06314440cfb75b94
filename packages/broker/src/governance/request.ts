/** What commands carry whatever they ask: who speaks, a key against repeating, signed statements; and what creations answer. */
import type { CommandId, PrincipalId } from "@parley/protocol";

/** Who speaks, as the access token says; role and standing are read where the decision is made. */
export interface Caller {
  readonly principal: PrincipalId;
  readonly generation: string;
}

export interface Idempotency {
  readonly key: string;
  readonly digest: string;
}

/** What every command of a principal carries. `target` is what it named, as typed, for the record of a refusal. */
export interface Asked {
  readonly id: CommandId;
  readonly caller: Caller;
  readonly target: string;
}
export interface Creating extends Asked {
  readonly idempotency?: Idempotency;
}
/** What the broker itself asks: at start, when a time has come, when a socket has gone. */
export interface Own {
  readonly id: CommandId;
}

/** A signed statement whose signature was verified, and what it says. */
export interface Signed<C> {
  /** The whole of it, as it was signed. */
  readonly text: string;
  /** SHA-256 of the text. */
  readonly digest: string;
  /** Of the key that signed. */
  readonly thumbprint: string;
  readonly claims: C;
}

/** A repeated creation is answered with what it made, without the secret. */
export interface Made {
  readonly repeated: boolean;
}
