/**
 * The broker's keys as a bundle lists them: for each use from the first on, each endorsed by the one before, so that who
 * trusts one trusts those after it [EVD-5].
 */
import { statementTypes } from "../statements.js";
import type { BundleKey } from "./bundle.js";
import { parseVerifierKey } from "./checkpoint.js";
import { isSignedByBroker, readCompact, thumbprintOf } from "./compact.js";
import type { EvidenceCrypto } from "./crypto.js";
import { type Flaw, flaw, type Trust } from "./report.js";

export const bundleKeysMax = 1_000;
type Use = BundleKey["use"];

/** From which key of a use on they are trusted. */
interface Trusted {
  readonly keys: readonly BundleKey[];
  readonly why: NonNullable<Trust["receipt"]>;
}

export class BrokerKeys {
  readonly #crypto: EvidenceCrypto;
  readonly #given: readonly string[] | undefined;
  readonly #keys: Readonly<Record<Use, BundleKey[]>> = { checkpoint: [], receipt: [] };

  constructor(crypto: EvidenceCrypto, given: readonly string[] | undefined) {
    this.#crypto = crypto;
    this.#given = given !== undefined && given.length > 0 ? given : undefined;
  }

  get isGiven(): boolean {
    return this.#given !== undefined;
  }

  of(use: Use): readonly BundleKey[] {
    return this.#keys[use];
  }

  async add(key: BundleKey): Promise<Flaw | undefined> {
    const { kid, use, x, endorsement } = key;
    const before = this.#keys[use].at(-1);
    if (this.#keys[use].length >= bundleKeysMax) return flaw("line.order", `${bundleKeysMax} keys`, "more");
    const thumbprint = thumbprintOf(x, this.#crypto);
    if (kid !== thumbprint) return flaw("key.kid", thumbprint, kid);
    if (this.#keys[use].some((one) => one.kid === kid)) return flaw("key.kid", "a key once", kid);
    const isRight = before === undefined ? endorsement === null : await this.#isEndorsed(key, before);
    if (!isRight) {
      const expected = before === undefined ? "a first key, endorsed by none" : `endorsed by ${before.kid}`;
      return flaw("key.endorsement", expected, `${kid}: ${endorsement}`);
    }
    this.#keys[use].push(key);
    return undefined;
  }

  async #isEndorsed({ x, endorsement }: BundleKey, before: BundleKey): Promise<boolean> {
    const jws = endorsement === null ? undefined : readCompact(endorsement);
    if (jws?.payload !== JSON.stringify({ kty: "OKP", crv: "Ed25519", x })) return false;
    return isSignedByBroker(jws, statementTypes.brokerKey, before, this.#crypto);
  }

  /** Those that are trusted: from a given one on; all, where none was given. A verifier key is one for its log alone. */
  trusted(use: Use, origin: string): Trusted | undefined {
    const keys = this.#keys[use];
    const from = this.#given === undefined ? 0 : keys.findIndex((key) => this.#isGiven(key, origin));
    const first = keys[from];
    if (first === undefined) return undefined;
    const by = this.#given === undefined ? "first-listed" : "given";
    return { keys: keys.slice(from), why: { kid: first.kid, by } };
  }

  #isGiven({ kid, x }: BundleKey, origin: string): boolean {
    return (this.#given ?? []).some((text) => {
      if (text === kid || text === x) return true;
      const key = parseVerifierKey(text, this.#crypto);
      return key !== undefined && key.name === origin && key.x === x;
    });
  }
}
