/** The words both ends share: ids, codes, limits, frames, schemas. No I/O; runs in a browser. */
export * from "./canonical.js";
export * from "./close-codes.js";
export * from "./engagement-requests.js";
export * from "./engagement-resources.js";
export * from "./envelope-frames.js";
export * from "./envelope-header.js";
export * from "./events.js";
export { fromBase64, fromBase64url, toBase64, toBase64url } from "./evidence/base64.js";
export {
  type BundleHeader,
  type BundleKey,
  type BundleScope,
  bundleLineLengthMax,
  bundleVersion,
  checkpointLine,
  factLine,
  headerLine,
  headLine,
  headText,
  keyLine,
  receiptLine,
  type SharedHead,
  type Skipped,
  skippedLine,
} from "./evidence/bundle.js";
export * from "./evidence/checkpoint.js";
export * from "./evidence/crypto.js";
export * from "./evidence/lines.js";
export * from "./evidence/merkle.js";
export * from "./evidence/receipt.js";
export {
  type BundleReport,
  type Checked,
  type FlawCode,
  flawCodes,
  type Place,
  type Trust,
} from "./evidence/report.js";
export * from "./evidence/verify.js";
export * from "./evidence-resources.js";
export * from "./frames.js";
export * from "./ids.js";
export * from "./limits.js";
export * from "./problem.js";
export * from "./reach.js";
export * from "./refusals.js";
export * from "./requests.js";
export * from "./resources.js";
export * from "./sent-fact.js";
export * from "./signed-content.js";
export * from "./statements.js";
export * from "./terms.js";
export * from "./text.js";
export * from "./time.js";
export * from "./traceparent.js";
export * from "./transcript.js";
export * from "./workgroup-resources.js";
