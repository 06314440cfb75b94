/**
 * Publishing what an agent offers: workgroups by address, terms as they are written; the broker is told ids and
 * digests. The same advertisement again changes nothing.
 */
import {
  type AdvertisementView,
  advertisementSchema,
  type ContractId,
  type ContractView,
  completeTerms,
  contractSchema,
  defaultContract,
  defaultTermsDigest,
  isId,
  type SaidAdvertisement,
  type TermsRequest,
  type WorkgroupId,
  workgroupSchema,
} from "@parley/protocol";
import { signAdvertisement, signContract, termsDigestOf } from "./binding-statements.js";
import type { CallOptions } from "./calls.js";
import type { Link } from "./link.js";
import { isRefused } from "./refusal.js";

/** A version of a contract: what an advertisement names. */
export interface ContractVersion {
  /** The contract: this organisation's own. */
  readonly id: ContractId;
  /** Which version of it: the digest of its complete terms. */
  readonly termsDigest: string;
}

/** Terms under a name of this organisation's: the contract or the version is made where there is none. */
export interface NamedTerms {
  /** Unique in this organisation. */
  readonly name: string;
  /** What is left out has its default. */
  readonly terms: TermsRequest;
}

/** What an agent offers: what it can do, where it is shown, and the terms that bind whoever engages it. */
export interface Advertised extends Pick<SaidAdvertisement, "capabilities" | "description" | "patterns"> {
  /** `owner/name`, an id, or a bare name while it is the only one of its kind. */
  readonly workgroups: readonly string[];
  /** Without one, the broker's default terms bind. */
  readonly contract?: ContractVersion | NamedTerms | undefined;
}

export class Advertising {
  readonly #link: Link;
  /** An address means for as long as the agent lives what it meant at first. */
  readonly #pinned = new Map<string, Promise<WorkgroupId>>();

  constructor(link: Link) {
    this.#link = link;
  }

  async advertise(name: string, said: Advertised, options: CallOptions = {}): Promise<AdvertisementView> {
    const [workgroups, contract] = await Promise.all([
      Promise.all(said.workgroups.map((address) => this.#workgroup(address))),
      this.#version(said.contract, options.signal),
    ]);
    const { capabilities, description, patterns } = said;
    const body = { name, description, capabilities, patterns, workgroups, contract };
    const { agent } = this.#link.self;
    return this.#link.signed(
      async (signer) => ({
        call: "advertise",
        ...body,
        statement: await signAdvertisement(signer, { ...body, agent }),
      }),
      advertisementSchema,
      options,
    );
  }

  retract(name: string, options: CallOptions = {}): Promise<AdvertisementView> {
    return this.#link.calls.call({ call: "retract", name }, advertisementSchema, options);
  }

  #workgroup(address: string): Promise<WorkgroupId> {
    if (isId("workgroup", address)) return Promise.resolve(address);
    const pinned = this.#pinned.get(address);
    if (pinned !== undefined) return pinned;
    const path = `/v1/workgroups/${encodeURIComponent(address)}`;
    const asked = this.#link.client
      .request({ method: "GET", path, schema: workgroupSchema })
      .then(({ id }) => id);
    this.#pinned.set(address, asked);
    // What was not found may be there another time.
    asked.catch(() => this.#pinned.delete(address));
    return asked;
  }

  async #version(
    contract: ContractVersion | NamedTerms | undefined,
    signal: AbortSignal | undefined,
  ): Promise<ContractVersion> {
    if (contract === undefined) return { id: defaultContract, termsDigest: defaultTermsDigest };
    if ("id" in contract) return { id: contract.id, termsDigest: contract.termsDigest };
    try {
      return await this.#makeOrFind(contract, signal);
    } catch (error) {
      // A sibling has made it in the same moment: now there is one to be found.
      if (!isRefused(error, "contract.name-taken")) throw error;
      return this.#makeOrFind(contract, signal);
    }
  }

  async #makeOrFind(wanted: NamedTerms, signal: AbortSignal | undefined): Promise<ContractVersion> {
    const termsDigest = await termsDigestOf(wanted.terms);
    const found = await this.#ownContract(wanted.name, signal);
    if (found?.latest.termsDigest === termsDigest) return { id: found.id, termsDigest };
    const { client } = this.#link;
    const terms = completeTerms(wanted.terms);
    const statement = await signContract(client, wanted);
    const asked = { method: "POST" as const, ...(signal && { signal }) };
    if (found !== undefined) {
      await client.send({ ...asked, path: `/v1/contracts/${found.id}/versions`, body: { terms, statement } });
      return { id: found.id, termsDigest };
    }
    const body = { name: wanted.name, terms, statement };
    const schema = contractSchema.pick({ id: true });
    const { id } = await client.request({ ...asked, path: "/v1/contracts", body, schema });
    return { id, termsDigest };
  }

  async #ownContract(name: string, signal: AbortSignal | undefined): Promise<ContractView | undefined> {
    const ask = { path: "/v1/contracts", schema: contractSchema, ...(signal && { signal }) };
    const { organisation } = this.#link.self;
    for await (const contract of this.#link.client.each(ask)) {
      if (contract.name === name && contract.organisation?.id === organisation) return contract;
    }
    return undefined;
  }
}
