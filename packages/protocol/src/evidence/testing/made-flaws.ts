/** For each code of a flaw a bundle that has it, made of a true one as somebody might who holds some keys and not others. */
import { canonicalJson, type Json } from "../../canonical.js";
import { statementTypes } from "../../statements.js";
import {
  bundleLineLengthMax,
  checkpointLine,
  factLine,
  headLine,
  keyLine,
  receiptLine,
  skippedLine,
} from "../bundle.js";
import { verifierKey } from "../checkpoint.js";
import type { FlawCode } from "../report.js";
import type { VerifyOptions } from "../verify.js";
import { keyOf, nodeCrypto } from "./keys.js";
import {
  bundleOf,
  checkpointKeys,
  listed,
  noteOf,
  receiptFor,
  receiptKey,
  sessionBundle,
  wholeBundle,
} from "./made-bundle.js";
import type { MadeLog } from "./made-log.js";
import { admin, compact, idOf, issuer, madeStory, type Story, signed, termsDigest } from "./made-story.js";

export const story = madeStory();
const { log, sessions } = story;
const [first = "", second = ""] = sessions;
const [, , signer] = checkpointKeys;
export const session = sessionBundle(log, second);
export const whole = wholeBundle(log, sessions);
/** The organisation's own facts alone: heads of shared streams are not shown. */
export const ofTime = bundleOf(log, {
  scope: { from: "2026-09-21T00:00:00.000Z", to: null } as never,
  shows: (leaf) => "own" in leaf,
});

export interface Flawed {
  readonly code: FlawCode;
  readonly title: string;
  readonly base: "session" | "whole";
  readonly lines: readonly string[];
  readonly options?: Pick<VerifyOptions, "keys" | "against">;
}

const indexOf = (lines: readonly string[], text: string): number => {
  const at = lines.findIndex((line) => line.includes(text));
  if (at === -1) throw new TypeError(`no line has ${text}`);
  return at;
};
const changed = (lines: readonly string[], from: string, to: string, text = from): string[] => {
  const at = indexOf(lines, text);
  return lines.with(at, String(lines[at]).replace(from, to));
};
const without = (lines: readonly string[], text: string): string[] =>
  lines.toSpliced(indexOf(lines, text), 1);

/** A bundle of another story, signed by the broker's own keys: what a broker could do that does not keep its own rules. */
function told(change: (log: MadeLog, sessions: readonly string[]) => void): string[] {
  const other: Story = madeStory();
  change(other.log, other.sessions);
  return wholeBundle(other.log, []);
}
const own =
  (kind: string, data: unknown) =>
  (of: MadeLog): void => {
    of.tell(of.log, kind, data);
    of.wait(1_000);
  };
const inStream =
  (stream: string, kind: string, data: unknown = {}) =>
  (of: MadeLog): void => {
    of.tell(stream, kind, data);
    of.wait(1_000);
  };

const version = (over: object, by = admin): object => {
  const said = { name: "more", termsDigest };
  const statement = signed("contract", by, said);
  const terms = JSON.parse(
    String(
      /"terms":(\{.*?\}),"termsDigest"/.exec(
        whole.find((line) => line.includes("contract.created")) ?? "",
      )?.[1],
    ),
  ) as object;
  return {
    contract: { name: "more" },
    version: { organisation: idOf("organisation", 1), terms, termsDigest, statement, by: by.id, ...over },
  };
};
const stranger = { id: idOf("operator", 8), key: keyOf("stranger") };

/** As it is after somebody has changed a fact and mended every hash after it, but for what the broker has signed. */
function mended(lines: readonly string[], kind: string): string[] {
  const from = lines.findIndex((line) => line.includes(`"kind":"${kind}"`));
  let previous: string | undefined;
  return lines.map((line, at) => {
    if (at < from) return line;
    const fact = JSON.parse(line) as {
      fact?: Record<string, Json>;
      says?: Json;
      head?: Record<string, Json>;
    };
    if (fact.fact !== undefined) {
      const says = at === from ? { ...(fact.says as object), cause: "cmd_2" } : (fact.says ?? null);
      const text = canonicalJson(says as Json);
      const skeleton = canonicalJson({
        ...fact.fact,
        contentDigest: nodeCrypto.sha256(text),
        previous: previous ?? String(fact.fact.previous),
      });
      previous = nodeCrypto.sha256(skeleton);
      return factLine(skeleton, text);
    }
    if (fact.head === undefined || previous === undefined) return line;
    return headLine({ ...fact.head, hash: previous } as never);
  });
}

const noted = (lines: readonly string[], note: string): string[] =>
  lines.with(indexOf(lines, '{"checkpoint"'), checkpointLine(note));
const later = (): MadeLog => {
  const { log: more } = madeStory();
  more.wait(5_000);
  more.tell(more.log, "broker.noticed", {});
  return more;
};
const sent = '"kind":"session.sent"';
const lastFact = (lines: readonly string[]): number =>
  lines.findLastIndex((line) => line.startsWith('{"fact"'));
const kid = (key: { readonly kid: string }) => `"kid":"${key.kid}"`;

const lines: readonly Omit<Flawed, "base">[] = [
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

const keys: readonly Omit<Flawed, "base">[] = [
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

const ofLog: readonly Omit<Flawed, "base">[] = [
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
    code: "scope.session",
    title: "the session of another bundle",
    lines: [changed(session, second, first)[0] ?? "", ...session.slice(1, -1)],
  },
];

const facts: readonly Omit<Flawed, "base">[] = [
  {
    code: "fact.stream",
    title: "a fact of another's own stream",
    lines: told(inStream(`org:${idOf("organisation", 2)}`, "agent.created")),
  },
  { code: "fact.position", title: "a fact left out", lines: without(session, sent) },
  {
    code: "fact.position",
    title: "a fact twice",
    lines: session.toSpliced(indexOf(session, sent), 0, String(session[indexOf(session, sent)])),
  },
  {
    code: "fact.previous",
    title: "a fact of another past",
    lines: session.map((line) =>
      line.includes(sent) ? line.replace(/"previous":"./, '"previous":"-') : line,
    ),
  },
  {
    code: "fact.beginning",
    title: "a session without its first fact",
    lines: without(session, '"kind":"session.proposed"'),
  },
  {
    code: "fact.time",
    title: "a fact before the one before it",
    lines: told((of) => {
      of.now -= 10_000;
      of.tell(of.log, "broker.noticed", {});
      of.wait(60_000);
    }),
  },
  {
    code: "fact.content",
    title: "a content that was changed",
    lines: changed(session, "completed_by_consumer", "completed_by_provider"),
  },
  { code: "fact.says", title: "a key of nobody", lines: told(own("instance.enrolled", { instance: {} })) },
  {
    code: "fact.says",
    title: "an acceptance that nobody signed",
    lines: told((of) => {
      const id = idOf("session", 9);
      of.tell(`session:${id}`, "session.accepted", {
        session: id,
        life: { acceptedBy: admin.id },
        statement: null,
      });
      of.wait(1_000);
    }),
  },
  {
    code: "fact.after-close",
    title: "a fact after the close",
    lines: told((of) => {
      of.tell(`session:${idOf("session", 9)}`, "session.closed", {});
      of.tell(`session:${idOf("session", 9)}`, "session.noted", {});
      of.wait(1_000);
    }),
  },
  {
    code: "chain.unsealed",
    title: "facts that no head follows",
    lines: session.toSpliced(indexOf(session, '{"head"'), 1),
  },
  {
    code: "chain.unsealed",
    title: "facts after the last head",
    lines: whole.toSpliced(
      lastFact(whole) + 1,
      0,
      String(whole[indexOf(whole, '"kind":"session.proposed"')]),
    ),
  },
];

const statements: readonly Omit<Flawed, "base">[] = [
  {
    code: "statement.shape",
    title: "a statement of another type",
    lines: told(own("contract.created", version({ statement: signed("consent", admin, {}) }))),
  },
  {
    code: "statement.signature",
    title: "a statement with another signature",
    lines: told(own("contract.created", version({ statement: forged() }))),
  },
  {
    code: "statement.claims",
    title: "a statement of something else",
    lines: told(own("contract.created", version({ by: stranger.id }))),
  },
  {
    code: "statement.claims",
    title: "a digest of other terms",
    lines: told(own("contract.created", version({ terms: {} }))),
  },
  {
    code: "statement.key",
    title: "a key that was never enrolled",
    lines: told(own("contract.created", version({}, stranger))),
  },
];

function forged(): string {
  const [head, body] = signed("contract", admin, { name: "more", termsDigest }).split(".");
  return `${head}.${body}.${signed("contract", admin, { name: "less", termsDigest }).split(".")[2]}`;
}

const receipt = (text: string): string[] => [...session.slice(0, -1), receiptLine(text)];
const receipts: readonly Omit<Flawed, "base">[] = [
  { code: "receipt.shape", title: "no receipt", lines: receipt("none") },
  {
    code: "receipt.signature",
    title: "a receipt by another key",
    lines: receipt(receiptFor(log, second, {}, keyOf("stranger"))),
  },
  {
    code: "receipt.signature",
    title: "a receipt under another type",
    lines: receipt(
      compact(
        { alg: "EdDSA", kid: receiptKey.kid, typ: statementTypes.access },
        Buffer.from(String(receiptFor(log, second).split(".")[1]), "base64url").toString(),
        receiptKey,
      ),
    ),
  },
  {
    code: "receipt.session",
    title: "the receipt of another session",
    lines: receipt(receiptFor(log, first)),
  },
  { code: "receipt.session", title: "a receipt twice", lines: [...session, String(session.at(-1))] },
  {
    code: "receipt.claims",
    title: "a receipt that says something else",
    lines: receipt(receiptFor(log, second, { iss: `${issuer}/other` })),
  },
  {
    code: "receipt.claims",
    title: "a receipt of another chain",
    lines: receipt(receiptFor(log, second, { head: { position: 3, hash: termsDigest } })),
  },
];

const against: readonly Omit<Flawed, "base">[] = [
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
