/**
 * The broker's keys, as far as they are trusted: those that it named when this identity was enrolled, and those that each
 * of these has endorsed since [EVD-5]. An identity that was told of none trusts the first that it is shown.
 */
import { type BrokerKeyView, jwksSchema, statementTypes } from "@parley/protocol";
import { compactVerify, importJWK } from "jose";
import type { BrokerClient } from "../broker-client.js";

type Use = BrokerKeyView["parley:use"];

const utf8 = new TextDecoder("utf-8", { fatal: true });

export class TrustedKeys {
  readonly #client: BrokerClient;
  #trusted: readonly BrokerKeyView[];

  constructor(client: BrokerClient) {
    this.#client = client;
    this.#trusted = client.identity.enrolment?.brokerKeys ?? [];
  }

  /** The one of that id, if it is trusted: asked of the broker again where it is not known. */
  async one(use: Use, kid: string): Promise<BrokerKeyView | undefined> {
    const known = () => this.#of(use).find((key) => key.kid === kid);
    if (known() === undefined) await this.#refresh(use);
    return known();
  }

  /** All that are trusted for this use. `isNewer`: the broker is asked whether there are more. */
  async all(use: Use, isNewer: boolean): Promise<readonly BrokerKeyView[]> {
    if (isNewer || this.#of(use).length === 0) await this.#refresh(use);
    return this.#of(use);
  }

  #of(use: Use): readonly BrokerKeyView[] {
    return this.#trusted.filter((key) => key["parley:use"] === use);
  }

  /** They come in the order in which they were made. */
  async #refresh(use: Use): Promise<void> {
    const { exchange, issuer } = this.#client;
    const { body } = await exchange.send({ method: "GET", url: `${issuer}/.well-known/jwks.json` });
    const shown = jwksSchema.parse(body).keys.filter((key) => key["parley:use"] === use);
    let before: BrokerKeyView | undefined;
    for (const key of shown) {
      const isKnown = this.#of(use).some(({ kid }) => kid === key.kid);
      const isFirst = this.#of(use).length === 0;
      if (isKnown || isFirst || (before && (await isEndorsed(key, before)))) {
        if (!isKnown) this.#trusted = [...this.#trusted, key];
        before = key;
      }
    }
  }
}

async function isEndorsed(
  { x, "parley:endorsement": endorsement }: BrokerKeyView,
  { kid, x: before }: BrokerKeyView,
): Promise<boolean> {
  if (endorsement === null) return false;
  try {
    const key = await importJWK({ kty: "OKP", crv: "Ed25519", x: before }, "EdDSA");
    const { payload, protectedHeader } = await compactVerify(endorsement, key, { algorithms: ["EdDSA"] });
    const { typ, kid: by } = protectedHeader;
    const said = JSON.stringify({ kty: "OKP", crv: "Ed25519", x });
    return typ === statementTypes.brokerKey && by === kid && utf8.decode(payload) === said;
  } catch {
    return false;
  }
}
