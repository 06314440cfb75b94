/** How what has happened in a session looks from outside: the outside of envelopes, and of the rest what both sides are told. */
import type { TranscriptItem, WouldRefuse } from "@parley/protocol";
import type { ChainKind, EnvelopeSent, Happening, Told } from "../../records/transcripts.js";
import { timeText } from "./identities.js";

type Views = {
  readonly [K in Exclude<ChainKind, "session.sent">]: (
    told: Told<K>,
  ) => NonNullable<Extract<TranscriptItem, { kind: K }>["content"]>;
};

const marks = (wouldRefuse: readonly WouldRefuse[] = []): WouldRefuse[] =>
  wouldRefuse.map((each) => ({ ...each }));

const views: Views = {
  "session.proposed": ({ data: { session } }) => {
    const { proposedBy, workgroup, advertisement, capability, contract, termsDigest, purpose } = session;
    const named = { workgroup, advertisement, capability, contract, termsDigest, purpose };
    return { instance: proposedBy, ...named, wouldRefuse: marks(session.wouldRefuse) };
  },
  "session.accepted": ({ data: { life, instance, wouldRefuse } }) => ({
    by: life.acceptedBy,
    instance,
    wouldRefuse: marks(wouldRefuse),
  }),
  "session.joined": ({ data: { side, instance } }) => ({ side, instance }),
  "session.handed-over": ({ data: { side, from, to } }) => ({ side, from, to }),
  "session.activated": ({ data: { life } }) => ({ deadline: timeText(life.deadline) }),
  "session.violated": ({ data }) => {
    const { side, instance, envelope, rule, limit, used, violations } = data;
    return { side, instance, envelope, rule, limit, used, violations };
  },
  "session.closed": ({ data: { life, sides } }) => {
    const { by, reason, detail, side, rule, limit, used } = life.ending;
    const ended = { by: by, reason, detail, side, rule, limit, used };
    return { ...ended, sides: { consumer: { ...sides.consumer }, provider: { ...sides.provider } } };
  },
};

const viewEnvelope = ({ header: text, payload, payloadBytes, ...sent }: EnvelopeSent) => {
  // It was judged before it was written: a flat object of strings [ENV-1].
  const header = JSON.parse(text) as Record<string, string>;
  const { side, instance, n, seq, id, wouldRefuse } = sent;
  return {
    ...{ side, instance, n, seq, id, type: header.type ?? "", header },
    bytes: Buffer.byteLength(text) + payloadBytes,
    ...{ payload, payloadBytes, wouldRefuse: marks(wouldRefuse) },
  };
};

export function viewHappening(happening: Happening): TranscriptItem {
  const { position, at, kind, content } = happening;
  const placed = { position, at: timeText(at) };
  if (kind === "session.sent")
    return { ...placed, kind, content: content === null ? null : viewEnvelope(content) };
  // Each kind has the view of its content: the compiler does not follow the two together.
  const view = views[kind] as (told: Told<ChainKind>) => unknown;
  return { ...placed, kind, content: content === null ? null : view(content) } as TranscriptItem;
}
