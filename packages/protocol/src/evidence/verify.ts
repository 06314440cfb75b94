/**
 * Verifies a bundle, line by line as it comes: that the record which is shown is what the broker has signed for [EVD-4].
 * It needs public keys only, throws for no input, and its memory grows with what is open at a time, not with what is read.
 */
import { isText } from "../canonical.js";
import { contradiction, type Older, readOlder } from "./against.js";
import { BrokerKeys } from "./broker-keys.js";
import {
  type BundleHeader,
  bundleLineLengthMax,
  readCheckpointLine,
  readHeaderLine,
  readKeyLine,
} from "./bundle.js";
import { type Checkpoint, originOf, parseCheckpoint, readCheckpoint } from "./checkpoint.js";
import type { EvidenceCrypto } from "./crypto.js";
import { BundleItems } from "./items.js";
import { type BundleReport, type Checked, type Flaw, flaw, nothingChecked, type Trust } from "./report.js";

export interface VerifyOptions {
  readonly crypto: EvidenceCrypto;
  /** Verifier keys, key ids or public points; without any, the first key that the bundle lists is trusted. */
  readonly keys?: readonly string[];
  /** An older signed checkpoint of this log. */
  readonly against?: string;
}

export async function verifyBundle(
  lines: AsyncIterable<string> | Iterable<string>,
  options: VerifyOptions,
): Promise<BundleReport> {
  const verification = new Verification(options);
  for await (const line of lines) {
    const step = verification.take(line);
    // Most lines need nobody else, and are not waited for.
    const wrong = step instanceof Promise ? await step : step;
    if (wrong) return verification.refused(wrong);
  }
  return verification.end();
}

type Step = Flaw | undefined | Promise<Flaw | undefined>;

class Verification {
  readonly #options: VerifyOptions;
  readonly #checked: Checked = nothingChecked();
  readonly #keys: BrokerKeys;
  #header: BundleHeader | undefined;
  #checkpoint: Checkpoint | undefined;
  #trust: Trust | undefined;
  #older: Older | undefined;
  #items: BundleItems | undefined;

  constructor(options: VerifyOptions) {
    this.#options = options;
    this.#keys = new BrokerKeys(options.crypto, options.keys);
  }

  take(line: string): Step {
    this.#checked.lines += 1;
    if (line.length > bundleLineLengthMax)
      return flaw("line.length", `${bundleLineLengthMax} characters at most`, line.length);
    if (!isText(line)) return flaw("line.text", "UTF-8 text that ends with a line feed", "something else");
    if (this.#items !== undefined) return this.#items.take(line);
    if (this.#header !== undefined) return this.#signed(line, this.#header);
    this.#header = readHeaderLine(line);
    return this.#header ? undefined : flaw("line.shape", "the header of a bundle", line);
  }

  /** Keys, until the checkpoint that is signed by one of them. */
  async #signed(line: string, header: BundleHeader): Promise<Flaw | undefined> {
    const key = readKeyLine(line);
    if (key !== undefined) return this.#keys.add(key);
    const note = readCheckpointLine(line);
    if (note === undefined) return flaw("line.shape", "a key, or the checkpoint", line);
    return (await this.#stated(note, header)) ?? this.#compared(header);
  }

  async #stated(note: string, { issuer, log, era }: BundleHeader): Promise<Flaw | undefined> {
    const origin = originOf(issuer, log, era);
    const stated = parseCheckpoint(note)?.checkpoint.origin;
    if (stated !== undefined && stated !== origin) return flaw("checkpoint.origin", origin, stated);
    const listed = this.#keys.of("checkpoint");
    const signed = await this.#read(note, listed);
    if (signed === undefined) return flaw("checkpoint.signature", "signed by a key that is listed", note);
    const trusted = this.#keys.trusted("checkpoint", origin);
    if (trusted === undefined || (await this.#read(note, trusted.keys)) === undefined)
      return flaw(
        "key.untrusted",
        "signed by a key that was given, or one after it",
        listed.at(-1)?.kid ?? "none",
      );
    const receipt = this.#keys.trusted("receipt", origin)?.why ?? this.#firstReceiptKey();
    this.#checkpoint = signed;
    this.#trust = { checkpoint: trusted.why, receipt };
    return undefined;
  }

  #read(note: string, keys: readonly { readonly x: string }[]): Promise<Checkpoint | undefined> {
    return readCheckpoint(
      note,
      keys.map(({ x }) => x),
      this.#options.crypto,
    );
  }

  /** A receipt says no more than the facts under the checkpoint do: who was given no key for receipts is told so. */
  #firstReceiptKey(): Trust["receipt"] {
    const first = this.#keys.of("receipt")[0];
    return first === undefined ? null : { kid: first.kid, by: "first-listed" };
  }

  async #compared(header: BundleHeader): Promise<Flaw | undefined> {
    const { against, crypto } = this.#options;
    if (this.#checkpoint === undefined) return flaw("bundle.end", "a checkpoint", "none");
    if (against !== undefined) {
      const keys = this.#keys.trusted("checkpoint", this.#checkpoint.origin)?.keys ?? [];
      const older = await readOlder(
        against,
        header,
        keys.map(({ x }) => x),
        crypto,
      );
      if ("what" in older) return older;
      this.#older = older;
    }
    const { size } = this.#checkpoint;
    const receiptKeys = this.#keys.of("receipt");
    const wanted = this.#older?.checkpoint.size;
    this.#items = new BundleItems({ crypto, header, size, receiptKeys, wanted, checked: this.#checked });
    return undefined;
  }

  end(): BundleReport {
    const [items, checkpoint, header, trust] = [this.#items, this.#checkpoint, this.#header, this.#trust];
    if (!items || !checkpoint || !header || !trust)
      return this.refused(flaw("bundle.end", "a header, keys and a checkpoint", "the end"));
    const wrong = items.end(checkpoint) ?? (this.#older && contradiction(this.#older, items.cover));
    if (wrong) return this.refused(wrong);
    const { origin, size, root } = checkpoint;
    return {
      ok: true,
      origin,
      size,
      root,
      era: header.era,
      checked: this.#checked,
      trust,
      against: this.#older ? "consistent" : "not-asked",
      notes: [...this.#ofTrust(trust), ...this.#ofEra(header), ...items.notes()],
    };
  }

  #ofTrust({ checkpoint, receipt }: Trust): string[] {
    const first = (use: string, kid: string) =>
      `no key was given for ${use}: the first that the bundle lists is trusted, ${kid}; compare it with the broker's own`;
    return [
      ...(checkpoint.by === "given" ? [] : [first("checkpoints", checkpoint.kid)]),
      ...(receipt === null || receipt.by === "given" ? [] : [first("receipts", receipt.kid)]),
    ];
  }

  #ofEra({ era }: BundleHeader): string[] {
    const older = this.#older?.era;
    return older === undefined || older === era
      ? []
      : [
          `the older checkpoint is of era ${older}, before the record was put back; this one is of era ${era}`,
        ];
  }

  refused(wrong: Flaw): BundleReport {
    const place = this.#items?.place() ?? {};
    return { ok: false, ...wrong, at: { line: this.#checked.lines, ...place }, checked: this.#checked };
  }
}
