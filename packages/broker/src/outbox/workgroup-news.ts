/** What has happened around workgroups: whose membership has changed is told so, and searches are looked at again. */
import type { AgentId, OrganisationId, WorkgroupId } from "@parley/protocol";
import type { Store } from "../ledger/store.js";
import type { StoredFact } from "../ledger/stored-fact.js";
import type { CatalogWatches } from "./catalog-watches.js";
import type { Connections } from "./connections.js";
import { mayTouch, type Touching, touchingOf } from "./touching.js";

export const isOfWorkgroups = ({ skeleton }: StoredFact): boolean => mayTouch(skeleton.kind);

export interface WorkgroupNewsParts {
  readonly connections: Pick<Connections, "openOf">;
  readonly store: Pick<Store, "read">;
  readonly watches: CatalogWatches;
}

export class WorkgroupNews {
  readonly #parts: WorkgroupNewsParts;

  constructor(parts: WorkgroupNewsParts) {
    this.#parts = parts;
  }

  async hear({ skeleton, contentText }: StoredFact): Promise<void> {
    if (contentText === null) return;
    const { data } = JSON.parse(contentText) as { readonly data: unknown };
    const { workgroups, members, ended, standing } = touchingOf(skeleton.kind, data);
    const { watches } = this.#parts;
    for (const { agent, workgroup } of members) await this.#membershipChanged(agent, workgroup);
    if (ended !== null) await this.#ended(ended);
    watches.touch(workgroups);
    if (standing !== null && watches.count > 0) watches.touch(await this.#touchedBy(standing));
  }

  /** Whether this agent is connected may be another answer now. */
  async availability(agent: AgentId): Promise<void> {
    const { watches } = this.#parts;
    if (watches.asksAvailable)
      watches.touch(await this.#touchedBy({ by: "agent", of: agent }), "asksAvailable");
  }

  async #touchedBy(by: NonNullable<Touching["standing"]>): Promise<readonly WorkgroupId[]> {
    const { touched } = await this.#parts.store.read({ touched: { find: "workgroupsTouched", by } });
    return touched;
  }

  /** [SOC-24] Exactly those whose own it is: what others may do there is not theirs to know. */
  async #membershipChanged(agent: AgentId, workgroup: WorkgroupId): Promise<void> {
    await this.#parts.watches.moved(agent);
    for (const wire of this.#parts.connections.openOf(agent))
      wire.tell({ event: "membership.changed", workgroup });
  }

  async #ended({ workgroup, organisation }: NonNullable<Touching["ended"]>): Promise<void> {
    const organisations = organisation === null ? await this.#participants(workgroup) : [organisation];
    for (const one of organisations)
      for (const agent of await this.#membersOf(workgroup, one))
        await this.#membershipChanged(agent, workgroup);
  }

  async #participants(workgroup: WorkgroupId): Promise<readonly OrganisationId[]> {
    const { found } = await this.#parts.store.read({ found: { find: "participants", by: { workgroup } } });
    return found.map(({ organisation }) => organisation.id);
  }

  /** Those that could do something there until it ended. */
  async #membersOf(workgroup: WorkgroupId, organisation: OrganisationId): Promise<readonly AgentId[]> {
    const by = { workgroup, organisation };
    const { participation, rows } = await this.#parts.store.read({
      participation: { find: "participation", by },
      rows: { find: "membershipsIn", by },
    });
    return rows
      .filter(({ offer, engage, ...row }) => (offer || engage) && row.participation === participation?.since)
      .map(({ agent }) => agent);
  }
}
