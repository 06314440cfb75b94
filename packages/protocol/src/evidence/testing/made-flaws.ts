/** For each code of a flaw a bundle that has it: here those of its lines, its keys, its log, and older checkpoints. */
import { bundleLineLengthMax, keyLine, skippedLine } from "../bundle.js";
import { verifierKey } from "../checkpoint.js";
import {
  changed,
  type Flaw,
  type Flawed,
  first,
  indexOf,
  kid,
  later,
  log,
  mended,
  noted,
  ofTime,
  second,
  sent,
  session,
  whole,
  without,
} from "./flawed.js";
import { keyOf, nodeCrypto } from "./keys.js";
import { checkpointKeys, listed, noteOf, receiptKey } from "./made-bundle.js";
import { facts, receipts, statements } from "./made-fact-flaws.js";
import type { MadeLog } from "./made-log.js";
import { madeStory, termsDigest } from "./made-story.js";

const [, , signer] = checkpointKeys;

const lines: readonly Flaw[] = [
  {
    code: "line.length",
    title: "a line that is too long",
    lines: session.with(7, " ".repeat(bundleLineLengthMax + 1)),
  },
  { code: "line.text", title: "what is no text", lines: session.with(8, '{"skipped":"\ud800"}') },
  { code: "line.shape", title: "a member more", lines: changed(session, '"v":1', '"v":1,"w":1', sent) },
  { code: "line.shape", title: "another spelling", lines: changed(session, '{"skipped":', '{ "skipped":') },
  {
    code: "line.shape",
    title: "a header of another version",
    lines: changed(session, "parley/1", "parley/2"),
  },
  {
    code: "line.order",
    title: "an item after the receipts",
    lines: [...session, skippedLine({ hash: termsDigest, level: 0 })],
  },
  { code: "bundle.end", title: "no checkpoint", lines: session.slice(0, indexOf(session, '{"checkpoint"')) },
];

const keys: readonly Flaw[] = [
  {
    code: "key.kid",
    title: "the id of another key",
    lines: changed(session, kid(checkpointKeys[1]), kid(receiptKey)),
  },
  {
    code: "key.endorsement",
    title: "a key that none has endorsed",
    lines: session.with(2, keyLine({ ...listed("checkpoint", checkpointKeys[1]), endorsement: null })),
  },
  {
    code: "key.endorsement",
    title: "a key that a stranger has endorsed",
    lines: session.with(2, keyLine(listed("checkpoint", checkpointKeys[1], keyOf("stranger")))),
  },
  {
    code: "key.endorsement",
    title: "keys in another order",
    lines: session.with(1, String(session[2])).with(2, String(session[1])),
  },
  {
    code: "key.untrusted",
    title: "another key was given",
    lines: session,
    options: { keys: [keyOf("stranger").kid] },
  },
  {
    code: "key.untrusted",
    title: "the verifier key of another log",
    lines: session,
    options: { keys: [verifierKey("parley.example/logs/platform/era-2", signer.x, nodeCrypto)] },
  },
  {
    code: "checkpoint.signature",
    title: "a checkpoint by another key",
    lines: noted(session, noteOf(log, undefined, keyOf("stranger"))),
  },
  {
    code: "checkpoint.signature",
    title: "a receipt's key signs no checkpoint",
    lines: noted(session, noteOf(log, undefined, receiptKey)),
  },
  {
    code: "checkpoint.origin",
    title: "the checkpoint of another era",
    lines: noted(session, noteOf(log, undefined, signer, 1)),
  },
];

const ofLog: readonly Flaw[] = [
  { code: "log.size", title: "a leaf too few", lines: without(session, '{"skipped"') },
  {
    code: "log.size",
    title: "a leaf more",
    lines: session.toSpliced(indexOf(session, 'receipt":"'), 0, skippedLine({ hash: termsDigest, level: 0 })),
  },
  {
    code: "log.root",
    title: "another leaf",
    lines: session.with(6, skippedLine({ hash: termsDigest, level: 3 })),
  },
  {
    code: "log.root",
    title: "a fact with its hashes mended, up to the checkpoint",
    lines: mended(session.slice(0, -1), "session.sent"),
  },
  {
    code: "skipped.place",
    title: "a subtree where none starts",
    lines: session.toSpliced(6, 1, skippedLine({ hash: termsDigest, level: 0 }), String(session[6])),
  },
  {
    code: "skipped.scope",
    title: "a part skipped of what is whole",
    lines: ofTime.with(0, String(whole[0])),
  },
  {
    code: "head.chain",
    title: "the last fact before a head left out",
    lines: without(session, '"kind":"session.closed"'),
  },
  {
    code: "head.chain",
    title: "a head of another second",
    lines: session.map((line) => line.replace(/"second":(\d+)/, (_, at) => `"second":${Number(at) + 1}`)),
  },
  {
    code: "head.alone",
    title: "a head without its facts",
    lines: session.filter((line) => !line.startsWith('{"fact"')),
  },
  {
    code: "head.alone",
    title: "a head without its facts in what is whole",
    lines: whole.filter((line) => !(line.startsWith('{"fact"') && line.includes('"stream":"workgroup:'))),
  },
  {
    code: "scope.session",
    title: "the session of another bundle",
    lines: [changed(session, second, first)[0] ?? "", ...session.slice(1, -1)],
  },
];

const against: readonly Flaw[] = [
  {
    code: "against.signature",
    title: "an older checkpoint by another key",
    lines: session,
    options: { against: noteOf(log, 3, keyOf("stranger")) },
  },
  {
    code: "against.log",
    title: "an older checkpoint of another log",
    lines: session,
    options: { against: noteOf(alike({ log: "platform" }), 0) },
  },
  {
    code: "against.size",
    title: "an older checkpoint of more",
    lines: session,
    options: { against: noteOf(later()) },
  },
  {
    code: "against.root",
    title: "an older checkpoint of another past",
    lines: whole,
    options: { against: noteOf(alike({ rootOf: () => termsDigest }), 5) },
  },
  {
    code: "against.unknowable",
    title: "an older checkpoint that falls into a part",
    lines: session,
    options: { against: noteOf(log, 3) },
  },
];

/** The same log, but for what is said of it. */
function alike(over: object): MadeLog {
  return Object.assign(madeStory().log, over);
}

export const flaws: readonly Flawed[] = [lines, keys, ofLog, facts, statements, receipts, against]
  .flat()
  .map((one) => ({
    ...one,
    base: one.lines[0] === session[0] ? "session" : "whole",
  }));
