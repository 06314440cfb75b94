/** The spelling that both ends hash is the canonical one, whatever is said and whatever is not. */
import { expect, test } from "vitest";
import { canonicalJson, type Json } from "./canonical.js";
import { type SentEntry, sentText, skeletonText } from "./sent-fact.js";

const entry: SentEntry = {
  id: "env_1",
  header: '{"id":"env_1","x-ä":"\\"ß\\u2028"}',
  payload: "p",
  payloadBytes: 3,
};
const marked: SentEntry = {
  ...entry,
  stray: true,
  wouldRefuse: [
    { used: 3, rule: "maxEnvelopes", limit: 2, at: "envelope" },
    { rule: "messageTypes", detail: "no", at: "envelope" },
  ],
};

test("the content of what was sent is spelled canonically [ENV-7] [REC-1]", () => {
  const entries = [entry, marked, { ...entry, stray: true as const }];
  const of = { session: "ses_1", side: "consumer", instance: "ins_1", n: 3, seq: 7, sent: 1_000_000 };
  const data = { ...of, entries };
  const content = { subject: of.session, data, cause: "cmd_1", actor: of.instance };
  expect(sentText({ ...of, cause: "cmd_1", entries })).toBe(canonicalJson(content as unknown as Json));
});

test("a skeleton is spelled canonically [REC-1]", () => {
  const skeleton = {
    ...{ stream: "session:ses_1", position: 4, kind: "session.sent" },
    ...{ at: 1_767_600_000_123, contentDigest: "c", previous: "p" },
  };
  expect(skeletonText(skeleton)).toBe(canonicalJson({ v: 1, ...skeleton }));
});
