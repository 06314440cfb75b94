/** Bundles with a flaw in a fact, in what a principal has signed, or in a receipt. */
import { statementTypes } from "../../statements.js";
import { receiptLine } from "../bundle.js";
import {
  changed,
  type Flaw,
  first,
  indexOf,
  inStream,
  lastFact,
  log,
  own,
  second,
  sent,
  session,
  stranger,
  told,
  version,
  whole,
  without,
} from "./flawed.js";
import { keyOf } from "./keys.js";
import { receiptFor, receiptKey } from "./made-bundle.js";
import type { MadeLog } from "./made-log.js";
import { admin, compact, idOf, issuer, signed, termsDigest } from "./made-story.js";

/** Something that this reader is not shown, and then the entry of somebody else. */
function entryOfAnother(workgroup: string) {
  return (of: MadeLog): void => {
    const participation = { organisation: idOf("organisation", 2), workgroup };
    const organisation = { id: participation.organisation };
    const invitation = idOf("invitation", 1);
    const statement = signed("consent", stranger, {
      invitation,
      workgroup,
      organisation: organisation.id,
      digest: termsDigest,
    });
    of.tell(`workgroup:${workgroup}`, "memberships.changed", {}, workgroup, false);
    of.tell(`workgroup:${workgroup}`, "workgroup.entered", {
      participation,
      organisation,
      invitation,
      statement,
    });
    of.wait(1_000);
  };
}

export const facts: readonly Flaw[] = [
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
    code: "fact.position",
    title: "an own fact that is in no leaf",
    lines: told((of) => {
      of.tell(of.log, "broker.noticed", {}, "x", false);
      own("broker.noticed", {})(of);
    }),
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
    code: "fact.beginning",
    title: "a workgroup that begins where another comes in",
    lines: told(entryOfAnother(idOf("workgroup", 2))),
  },
  {
    code: "fact.position",
    title: "a gap in a workgroup where another comes in",
    lines: told(entryOfAnother(idOf("workgroup", 1))),
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

export const statements: readonly Flaw[] = [
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
export const receipts: readonly Flaw[] = [
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
