/**
 * Streams and who reads them. A stream has one audience; each reader has one log, and a log is named by the stream
 * that is its reader's own: `platform`, or `org:<organisation id>`.
 */
import type { OrganisationId } from "@parley/protocol";
import { platformStream } from "../governance/fact.js";

/** How one log reads a stream. */
export interface Reader {
  readonly stream: string;
  readonly log: string;
  readonly from: number;
  /** The last position that it reads, or null while it goes on reading. */
  readonly until: number | null;
  /** In which order this log's organisation first saw its shared streams. */
  readonly order: number;
}

const organisationPrefix = "org:";

export const isOwnStream = (stream: string): boolean =>
  stream === platformStream || stream.startsWith(organisationPrefix);

export const isSessionStream = (stream: string): boolean => stream.startsWith("session:");

/** Whose stream it is: null for the platform's, and for one that several share. */
export const organisationOfStream = (stream: string): OrganisationId | null =>
  stream.startsWith(organisationPrefix) ? (stream.slice(organisationPrefix.length) as OrganisationId) : null;

/** The log of an organisation has the name of its own stream. */
export const logOf = (organisation: string): string => `${organisationPrefix}${organisation}`;

/** Whether a reader reads this stream as its own, fact by fact, or shares it and is told its heads. */
export const readsAsOwn = (reader: Reader): boolean => reader.log === reader.stream;

/** Whether a reader reads what stands at a position: it may have come later, or gone before. */
export const readsAt = ({ from, until }: Reader, position: number): boolean =>
  position >= from && (until === null || position <= until);
