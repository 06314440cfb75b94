/** Bundles of a made log: what is shown as facts and heads, the rest as the largest perfect subtrees that it is made of. */
import { statementTypes } from "../../statements.js";
import {
  type BundleHeader,
  type BundleKey,
  checkpointLine,
  factLine,
  headerLine,
  headLine,
  keyLine,
  receiptLine,
  skippedLine,
} from "../bundle.js";
import { checkpointText, originOf, signedCheckpoint } from "../checkpoint.js";
import { receiptOf, receiptText } from "../receipt.js";
import { keyOf, nodeCrypto, type TestKey } from "./keys.js";
import type { Leaf, MadeLog } from "./made-log.js";
import { compact, issuer } from "./made-story.js";

export const checkpointKeys = [keyOf("checkpoint 1"), keyOf("checkpoint 2"), keyOf("checkpoint 3")] as const;
export const receiptKey = keyOf("receipt 1");
export const era = 2;

/** Endorsed by the key before it. */
export function listed(use: BundleKey["use"], { x, kid }: TestKey, before?: TestKey): BundleKey {
  const payload = JSON.stringify({ kty: "OKP", crv: "Ed25519", x });
  const header = before && { alg: "EdDSA", kid: before.kid, typ: statementTypes.brokerKey };
  return { endorsement: header && before ? compact(header, payload, before) : null, kid, use, x };
}

export const keyLines = (): string[] => [
  ...checkpointKeys.map((key, at) => keyLine(listed("checkpoint", key, checkpointKeys[at - 1]))),
  keyLine(listed("receipt", receiptKey)),
];

export function noteOf(
  log: MadeLog,
  size = log.leaves.length,
  key: TestKey = checkpointKeys[2],
  of = era,
): string {
  const checkpoint = { origin: originOf(issuer, log.log, of), size, root: log.rootOf(0, size) };
  return signedCheckpoint(checkpoint, key.x, key.sign(checkpointText(checkpoint)), nodeCrypto);
}

export function receiptFor(
  log: MadeLog,
  session: string,
  change: object = {},
  key: TestKey = receiptKey,
): string {
  const facts = log.factsOf(`session:${session}`).map(({ skeleton, hash, contentText }) => ({
    ...{ skeleton, hash, content: JSON.parse(contentText) as unknown },
  }));
  const payload = receiptText({ ...receiptOf(issuer, facts), ...change });
  return compact({ alg: "EdDSA", kid: key.kid, typ: statementTypes.receipt }, payload, key);
}

export interface Asked {
  readonly scope: BundleHeader["scope"];
  readonly shows?: (leaf: Leaf, at: number) => boolean;
  /** Sizes at which a part must end. */
  readonly cuts?: readonly number[];
  readonly receipts?: readonly string[];
  /** Whose contents the record has let go of. */
  readonly removed?: string;
}

/** Without line feeds. */
export function bundleOf(log: MadeLog, asked: Asked): string[] {
  const { scope, receipts = [] } = asked;
  return [
    headerLine({ bundle: "parley/1", era, issuer, log: log.log, scope } as BundleHeader),
    ...keyLines(),
    checkpointLine(noteOf(log)),
    ...itemsOf(log, asked),
    ...receipts.map((session) => receiptLine(receiptFor(log, session))),
  ];
}

export const wholeBundle = (log: MadeLog, receipts: readonly string[]): string[] =>
  bundleOf(log, { scope: { from: null, to: null }, receipts });

export const sessionBundle = (log: MadeLog, session: string, cuts: readonly number[] = []): string[] =>
  bundleOf(log, {
    ...{ scope: { session } as BundleHeader["scope"], receipts: [session], cuts },
    shows: (leaf) => "head" in leaf && leaf.head.stream === `session:${session}`,
  });

function itemsOf(log: MadeLog, { shows = () => true, cuts = [], removed }: Asked): string[] {
  const lines: string[] = [];
  for (let at = 0; at < log.leaves.length; ) {
    const leaf = log.leaves[at];
    if (leaf !== undefined && shows(leaf, at)) {
      lines.push(...shown(leaf, removed));
      at += 1;
      continue;
    }
    const until = log.leaves.findIndex(
      (one, index) => index > at && (shows(one, index) || cuts.includes(index)),
    );
    const to = until === -1 ? log.leaves.length : until;
    let level = 0;
    while (at % 2 ** (level + 1) === 0 && at + 2 ** (level + 1) <= to) level += 1;
    lines.push(skippedLine({ hash: log.rootOf(at, at + 2 ** level), level }));
    at += 2 ** level;
  }
  return lines;
}

function shown(leaf: Leaf, removed: string | undefined): string[] {
  if ("own" in leaf) return [factLine(leaf.own.skeletonText, leaf.own.contentText)];
  const { head, facts } = leaf;
  const isGone = head.stream === removed;
  return [
    ...facts.map(({ skeletonText, contentText }) => factLine(skeletonText, isGone ? null : contentText)),
    headLine(head),
  ];
}
