/** A receipt as people read it: what was stated, by which key, and what it was held to. */
import { type ReceiptClaims, type ReceiptView, receiptClaims } from "@parley/protocol";
import { type Column, details } from "./table.js";

interface Shown {
  readonly claims: ReceiptClaims;
  readonly kid: string;
  readonly receipt: ReceiptView;
}

const part = (jws: string, at: number): unknown =>
  JSON.parse(Buffer.from(jws.split(".")[at] ?? "", "base64url").toString("utf8"));

const party = ({
  organisation,
  agent,
  instances,
  envelopes,
  bytes,
  types,
}: ReceiptClaims["consumer"]): string => {
  const counts = Object.entries(types).map(([type, count]) => `${count} × ${type}`);
  const sent = `${envelopes} ${envelopes === 1 ? "envelope" : "envelopes"}, ${bytes} bytes${counts.length > 0 ? ` (${counts.join(", ")})` : ""}`;
  return `${agent} of ${organisation}, held by ${instances.join(", ") || "nobody"}: ${sent}`;
};

const columns: readonly Column<Shown>[] = [
  { title: "session", of: ({ claims }) => claims.session },
  { title: "capability", of: ({ claims }) => claims.capability },
  { title: "workgroup", of: ({ claims }) => claims.workgroup },
  { title: "terms", of: ({ claims }) => claims.termsDigest },
  { title: "consumer", of: ({ claims }) => party(claims.consumer) },
  { title: "provider", of: ({ claims }) => party(claims.provider) },
  { title: "proposed", of: ({ claims }) => claims.proposedAt },
  { title: "active", of: ({ claims }) => claims.activeAt ?? "never" },
  { title: "closed", of: ({ claims: { closed } }) => `${closed.at}, ${closed.reason}, by ${closed.by}` },
  { title: "chain", of: ({ claims: { head } }) => `${head.position} facts, to ${head.hash}` },
  { title: "signed by", of: ({ kid }) => `the broker's receipt key ${kid}` },
  {
    title: "your log",
    of: ({ receipt: { proof } }) => `leaf ${proof.leaf}, under the signed head of ${proof.size} leaves`,
  },
];

export function receiptText(receipt: ReceiptView): string {
  const claims = receiptClaims.parse(part(receipt.statement, 1));
  const { kid } = part(receipt.statement, 0) as { readonly kid: string };
  return details({ claims, kid, receipt }, columns);
}
