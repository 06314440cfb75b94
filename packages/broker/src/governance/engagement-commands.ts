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
  Missing,
  ProposalClaims,
  SessionId,
  SideName,
  Terms,
} from "@parley/protocol";
import type { Advertisement, Contract, ContractVersion, Session, Side } from "./engagement-entities.js";
import type { Millis } from "./entities.js";
import type { Asked, Creating, Made, Own, Signed } from "./request.js";
import type { Envelope, Flow, Handled, SegmentMade, Stands, Taken } from "./session/envelope-entities.js";

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
  "session.join": Asked & {
    readonly session: string;
    readonly cursor: { readonly after: number; readonly era: number } | null;
    readonly socket: OnSocket;
  };
  "envelopes.send": Asked & {
    readonly envelopes: readonly (Envelope & { readonly session: string })[];
    readonly socket: OnSocket;
  };
  "envelopes.ack": Asked & {
    readonly acks: readonly { readonly session: string; readonly n: number }[];
    readonly socket: OnSocket;
  };
  "session.close": Asked & {
    readonly session: string;
    readonly detail: string | null;
    readonly socket: OnSocket | null;
  };
  "session.expire": Own & { readonly session: SessionId };
  "payloads.erase": Own & { readonly session: SessionId };
  /** Writes closing facts of a sweep, a batch at a time, beginning after a session. */
  "sessions.sweep": Own & {
    readonly sweep: CommandId;
    readonly part: number;
    readonly after: SessionId | null;
    /** So many sessions at once. */
    readonly most: number;
  };
}

/** A side whose holder has left, and from when on another instance may take it. */
export interface LeftSide {
  readonly session: SessionId;
  readonly side: SideName;
  readonly freeAt: Millis;
}

/** A session as both its organisations see it. */
export interface SessionStanding {
  readonly session: Session;
  readonly consumer: Side;
  readonly provider: Side;
  readonly flow: Flow;
  /** Something that it relied on was taken away after it had ended: what was not delivered until then never is. */
  readonly isCut?: true;
}

export interface SentIn {
  /** As it was named. */
  readonly session: string;
  readonly side: SideName;
  readonly standing: SessionStanding;
  readonly stands: Stands;
  /** How many facts of it there are, and which of them are segments. */
  readonly facts: number;
  readonly segments: readonly SegmentMade[];
}

/** What has become of one acknowledgement that changed something: how far a side may send now. */
export interface Acked {
  readonly session: SessionId;
  /** Whose envelopes were handled. */
  readonly side: SideName;
  readonly handled: Handled;
  /** How many more than before. */
  readonly more: number;
  readonly sendUpTo: Handled;
}

/** From where deliveries to a side go on. */
export interface Resume {
  readonly side: SideName;
  readonly after: number;
  readonly upTo: number;
  /** What is delivered up to this one may have been handed out before. */
  readonly handed: number;
  readonly missing: readonly Missing[];
  readonly stands: Stands;
  /** How many this side has sent. */
  readonly sent: number;
}
export type Joined = SessionStanding & { readonly resume: Resume };

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
  "session.join": Joined;
  /** One for each, in the order in which they came; and of each session, how many facts there are, and what is left. */
  "envelopes.send": {
    readonly taken: readonly Taken[];
    readonly sessions: readonly SentIn[];
  };
  "envelopes.ack": { readonly acked: readonly Acked[] };
  "session.close": SessionStanding;
  "session.expire": { closed: boolean };
  "payloads.erase": { erased: number };
  /** `next` is where to go on, or null when it is done. */
  "sessions.sweep": { closed: number; next: SessionId | null };
}
