/** The stamp of an envelope that was delivered, read by hand [ENV-11]. */
import { isId, type Stamp, wouldRefuseSchema } from "@parley/protocol";
import { z } from "zod";
import { isCount, isDigest, isMembers, isOrdinal, isText, isTime, type Members, must } from "./shapes.js";

const utf8 = new TextDecoder("utf-8", { fatal: true });
const marksSchema = z.array(wouldRefuseSchema).min(1);

const isSide = (value: unknown): value is Stamp["side"] => value === "consumer" || value === "provider";
const idOf =
  <K extends Parameters<typeof isId>[0]>(kind: K) =>
  (value: unknown) =>
    isText(value) && isId(kind, value);
const isSession = idOf("session") as (value: unknown) => value is Stamp["session"];
const isInstance = idOf("instance") as (value: unknown) => value is Stamp["instance"];
const isAgent = idOf("agent") as (value: unknown) => value is Stamp["agent"];
const isOrganisation = idOf("organisation") as (value: unknown) => value is Stamp["organisation"];
const isCause = idOf("command") as (value: unknown) => value is Stamp["cause"];

export function readStamp(part: Uint8Array): Stamp {
  const said = must(JSON.parse(utf8.decode(part)), isMembers, "stamp");
  const segment = must(said.segment, isMembers, "segment");
  return {
    session: must(said.session, isSession, "session"),
    side: must(said.side, isSide, "side"),
    instance: must(said.instance, isInstance, "instance"),
    agent: must(said.agent, isAgent, "agent"),
    organisation: must(said.organisation, isOrganisation, "organisation"),
    position: must(said.position, isOrdinal, "position"),
    at: must(said.at, isTime, "time"),
    cause: must(said.cause, isCause, "cause"),
    segment: {
      n: must(segment.n, isOrdinal, "segment"),
      seq: must(segment.seq, isOrdinal, "segment"),
      count: must(segment.count, isOrdinal, "segment"),
      sent: must(segment.sent, isCount, "segment"),
    },
    n: must(said.n, isOrdinal, "n"),
    seq: must(said.seq, isOrdinal, "seq"),
    payload: must(said.payload, isDigest, "digest"),
    ...(said.redelivered === true && { redelivered: true }),
    ...readMarks(said),
  };
}

/** What a fact says of an envelope beside itself: hardly ever anything. */
export function readMarks({ stray, wouldRefuse }: Members): Pick<Stamp, "stray" | "wouldRefuse"> {
  if (stray !== true && wouldRefuse === undefined) return none;
  return {
    ...(stray === true && { stray }),
    ...(wouldRefuse !== undefined && { wouldRefuse: marksSchema.parse(wouldRefuse) }),
  };
}
const none = {};
