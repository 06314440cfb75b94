/** A connection over which one session is held, and what a command has done with it. */
import type { SentEnvelope } from "@parley/agent-sdk";
import { makeId } from "@parley/protocol";
import type { Connected, Outside, Received, Talk } from "../invocation.js";
import { item, session } from "./engagement-views.js";
import { instance } from "./views.js";

export const received = (payload: string | Uint8Array, type = "markets.answer"): Received => ({
  id: makeId("envelope"),
  type,
  n: 1,
  seq: 2,
  at: "2026-01-05T09:00:01.000Z",
  from: {
    instance: instance.id,
    agent: instance.agent,
    organisation: instance.organisation,
  } as Received["from"],
  header: { session: session.id, id: makeId("envelope"), type } as Received["header"],
  payload: typeof payload === "string" ? Buffer.from(payload) : payload,
});

const sent: SentEnvelope = {
  ...{ id: makeId("envelope"), n: 3, seq: 5, at: "2026-01-05T09:00:01.000Z", position: 9 },
  ...{ digest: "d".repeat(43), repeated: false },
  left: { envelopes: 7, bytes: null, milliseconds: 1_500 },
};

export interface TalkOptions {
  /** What becomes of the proposal, and of the request: an answer, or what they reject with. */
  readonly engaged?: Error;
  readonly answer?: Received | Error;
  readonly speaker: Connected["speaker"];
}

export function talks({ engaged, answer = received('{"price":7}'), speaker }: TalkOptions) {
  const done: unknown[][] = [];
  const does = (...what: unknown[]) => void done.push(what);
  const talk = {
    id: session.id,
    view: { ...session, state: "active" },
    async request(type: string, body: Uint8Array, { contentType }: { contentType?: string } = {}) {
      does("request", type, Buffer.from(body).toString(), contentType);
      if (answer instanceof Error) throw answer;
      return answer;
    },
    async send(type: string, body: Uint8Array) {
      does("send", type, Buffer.from(body).toString());
      return sent;
    },
    async close({ detail }: { detail?: string } = {}) {
      does("close", ...(detail === undefined ? [] : [detail]));
    },
  } as unknown as Talk;
  const connect: Outside["connect"] = async (profile) => {
    does("connect", profile);
    return {
      speaker,
      async engage({ advertisement, workgroup }, { capability, purpose }) {
        does("engage", advertisement, workgroup.id, capability, purpose);
        if (engaged !== undefined) throw engaged;
        return talk;
      },
      async resume(id) {
        does("resume", id);
        return talk;
      },
      async close() {
        does("disconnect");
      },
    };
  };
  return { connect, done };
}

export const engagement = ["engage", item.advertisement, item.workgroup.id, item.capabilities[0]?.name];
