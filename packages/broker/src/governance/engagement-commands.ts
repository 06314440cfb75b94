/** What may be asked of contracts, advertisements and sessions, and what is answered. */
import type {
  AcceptanceClaims,
  AdvertisementClaims,
  AdvertisementContent,
  AdvertisementId,
  CommandId,
  ConnectionId,
  ContractClaims,
  ContractId,
  ProposalClaims,
  SessionId,
  SessionState,
  Terms,
} from "@parley/protocol";
import type { Advertisement, Contract, ContractVersion, Session, Side } from "./engagement-entities.js";
import type { Asked, Creating, Made, Own, Signed } from "./request.js";
import type { Envelope, Handled, Left, Taken } from "./session/envelope-entities.js";

/** The connection over which an instance asks; null over REST. */
export interface OnSocket {
  readonly connection: ConnectionId;
  readonly epoch: number;
}

export interface EngagementCommands {
  "contract.create": Creating & {
    readonly contract: ContractId;
    readonly name: string;
    readonly terms: Terms;
    readonly termsDigest: string;
    readonly statement: Signed<ContractClaims>;
  };
  "contract.version": Asked & {
    readonly contract: string;
    readonly terms: Terms;
    readonly termsDigest: string;
    readonly statement: Signed<ContractClaims>;
  };
  "contract.delete": Asked & { readonly contract: string };

  "advertisement.publish": Asked & {
    readonly agent: string;
    readonly name: string;
    /** The id that a new one gets. */
    readonly advertisement: AdvertisementId;
    readonly content: AdvertisementContent;
    readonly digest: string;
    readonly statement: Signed<AdvertisementClaims>;
    readonly expectedVersion: number | null;
    readonly socket: OnSocket | null;
  };
  "advertisement.retract": Asked & {
    readonly agent: string;
    readonly name: string;
    readonly socket: OnSocket | null;
  };

  "session.propose": Asked & {
    /** The id that a new one gets. */
    readonly session: SessionId;
    readonly statement: Signed<ProposalClaims>;
    readonly socket: OnSocket | null;
  };
  "session.accept": Asked & {
    readonly session: string;
    readonly statement: Signed<AcceptanceClaims>;
    readonly socket: OnSocket | null;
  };
  "session.reject": Asked & {
    readonly session: string;
    readonly detail: string | null;
    readonly socket: OnSocket | null;
  };
  "session.withdraw": Asked & { readonly session: string; readonly socket: OnSocket | null };
  "session.join": Asked & { readonly session: string; readonly socket: OnSocket };
  "envelopes.send": Asked & {
    readonly envelopes: readonly (Envelope & { readonly session: string })[];
    readonly socket: OnSocket;
  };
  "session.close": Asked & {
    readonly session: string;
    readonly detail: string | null;
    readonly socket: OnSocket | null;
  };
  "session.expire": Own & { readonly session: SessionId };
  /** Writes closing facts of a sweep, a batch at a time, beginning after a session. */
  "sessions.sweep": Own & {
    readonly sweep: CommandId;
    readonly part: number;
    readonly after: SessionId | null;
    /** So many sessions at once. */
    readonly most: number;
  };
}

/** A session as both its organisations see it. */
export interface SessionStanding {
  readonly session: Session;
  readonly consumer: Side;
  readonly provider: Side;
}

export interface SentIn {
  readonly session: string;
  readonly facts: number;
  readonly left: Left;
  readonly sendUpTo: Handled;
  readonly state: SessionState;
}

export interface EngagementAnswers {
  "contract.create": Made & { contract: Contract; version: ContractVersion };
  "contract.version": Made & { contract: Contract; version: ContractVersion };
  "contract.delete": { contract: Contract };
  "advertisement.publish": Made & { advertisement: Advertisement };
  "advertisement.retract": { advertisement: Advertisement };
  "session.propose": Made & SessionStanding;
  "session.accept": SessionStanding;
  "session.reject": SessionStanding;
  "session.withdraw": SessionStanding;
  "session.join": SessionStanding;
  /** One for each, in the order in which they came; and of each session, how many facts there are, and what is left. */
  "envelopes.send": {
    readonly taken: readonly Taken[];
    readonly sessions: readonly SentIn[];
  };
  "session.close": SessionStanding;
  "session.expire": { closed: boolean };
  /** `next` is where to go on, or null when it is done. */
  "sessions.sweep": { closed: number; next: SessionId | null };
}
