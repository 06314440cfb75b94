/** What a call looks at and asks to hear of, in the test's hands: records that answer what they are told to. */
import type { NamedOrganisation, Refusal } from "@parley/protocol";
import type { Principal } from "../../../governance/question.js";
import type { BrokerKeys } from "../../../keys.js";
import type { HeldFrom } from "../../../outbox/held-from.js";
import type { Hearing, Watching, Wire } from "../../../outbox/wire.js";
import type { AdvertisementRecord } from "../../../records/advertisements.js";
import type { OfferRow, Search } from "../../../records/catalog.js";
import type { AnswerParts } from "../call-answers.js";

/** Remembers what connections have asked to be told of. */
export class HeardAsking implements Hearing {
  readonly serving: (readonly string[])[] = [];
  readonly watching: Watching[] = [];
  readonly unwatched: string[] = [];
  refusal: Refusal | undefined;

  /** Waited for before what is served is answered. */
  hold: () => Promise<void> = () => Promise.resolve();

  async serve(_wire: Wire, capabilities: readonly string[]): Promise<void> {
    this.serving.push(capabilities);
    await this.hold();
  }

  async watch(_wire: Wire, watching: Watching): Promise<Refusal | undefined> {
    this.watching.push(watching);
    return this.refusal;
  }

  unwatch(_wire: Wire, name: string): void {
    this.unwatched.push(name);
  }

  readonly joined: HeldFrom[] = [];

  serveSide(_wire: Wire, from: HeldFrom): void {
    this.joined.push(from);
  }
}

const organisation: NamedOrganisation = { id: "org_0" as NamedOrganisation["id"], name: "acme" };

export class KeptRecords {
  readonly searched: (Search & { readonly limit: number; readonly after: unknown })[] = [];
  /** All that a search finds, in its order. */
  rows: readonly OfferRow[] = [];
  standing: Refusal | undefined;
  /** Waited for before a search is answered. */
  hold: () => Promise<void> = () => Promise.resolve();

  get records(): AnswerParts["records"] {
    return {
      speaker: async () => this.standing ?? { principal: {} as Principal, era: 1 },
      checkpointOf: async () => null,
      chainHead: async () => ({ position: 1, hash: "A".repeat(43) }),
      describeOwn: async (_seeker, advertisement): Promise<AdvertisementRecord> => ({
        advertisement,
        terms: {} as AdvertisementRecord["terms"],
        agentName: "feed",
        organisation,
        workgroups: [],
        publishedAt: advertisement.publishedAt,
        version: advertisement.version,
      }),
      searchCatalog: async (_principal, search, { after, limit }) => {
        this.searched.push({ ...search, limit, after });
        await this.hold();
        const from = after === null ? 0 : Number(after.name);
        const items = this.rows.slice(from, from + limit);
        const next = from + limit < this.rows.length ? String(from + limit) : null;
        return {
          items,
          next: next === null ? null : { rank: 0, name: next, advertisement: "", workgroup: "" },
        };
      },
      digestCatalog: async (_principal, search) => `digest of ${JSON.stringify(search)}`,
    };
  }
}

/** Cursors that can be read, each with what it is bound to. */
export const openSeals = (): BrokerKeys =>
  ({
    seal: (text: string, boundTo: string) => JSON.stringify([boundTo, text]),
    unseal(sealed: string, boundTo: string) {
      const [to, text] = JSON.parse(sealed) as [string, string];
      return to === boundTo ? text : undefined;
    },
  }) satisfies Partial<BrokerKeys> as unknown as BrokerKeys;
