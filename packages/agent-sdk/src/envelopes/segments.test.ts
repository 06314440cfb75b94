/** Segments as links: what is said otherwise than it was sent makes none. */
import { makeId } from "@parley/protocol";
import { expect, test } from "vitest";
import { digestOf } from "../sha-256.js";
import { makeOutgoing } from "./outgoing.js";
import { sentLink } from "./segments.js";

const session = makeId("session");
const author = { session, side: "consumer", instance: makeId("instance") };

test("an outcome of something else than was sent from here makes no link [ENV-10]", () => {
  const out = makeOutgoing(session, makeId("envelope"), "a", "payload", {});
  const digest = digestOf(out.payload);
  const accepted = {
    ...{ position: 1, at: "2026-01-05T09:00:00.000Z", cause: makeId("command"), n: 1, seq: 1, sent: 1 },
    envelopes: [{ id: out.id, digest }],
  };
  const sentAs = (id: string) => (id === out.id ? out : undefined);
  expect(sentLink(author, accepted, sentAs)).toMatchObject({ position: 1, kind: "session.sent" });
  const other = { ...accepted, envelopes: [{ id: out.id, digest: digestOf("other") }] };
  expect(sentLink(author, other, sentAs)).toBeUndefined();
  const unknown = { ...accepted, envelopes: [{ id: makeId("envelope"), digest }] };
  expect(sentLink(author, unknown, sentAs)).toBeUndefined();
});
