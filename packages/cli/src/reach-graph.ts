/** What an agent reaches as a picture has it: things in columns, and what leads from one to the next. */
import type { BlastRadiusView, ReachedView } from "@parley/protocol";
import { tagsText } from "./tags.js";

export const columnNames = ["agent", "workgroups", "agents", "offers", "sessions"] as const;
export type ColumnName = (typeof columnNames)[number];

export interface Thing {
  readonly id: string;
  readonly column: ColumnName;
  readonly title: string;
  readonly said: string;
  /** Seen, and not to be had: a contract that would not take the agent. */
  readonly isClosed: boolean;
}

export interface Way {
  readonly from: string;
  readonly to: string;
}

export interface Graph {
  readonly name: string;
  readonly at: string;
  readonly things: readonly Thing[];
  readonly ways: readonly Way[];
  /** What could not be read any more. */
  readonly forgotten: number;
}

type Of<K extends ReachedView["kind"]> = Extract<ReachedView, { kind: K }>;
type Rights = { readonly offer: boolean; readonly engage: boolean };

export const rightsText = ({ offer, engage }: Rights): string =>
  [...(offer ? ["offer"] : []), ...(engage ? ["engage"] : [])].join(" and ") || "nothing";

/** By name, and by which tags. */
export const givenBy = ({ named, selectors }: Of<"workgroup">): string =>
  [
    ...(named === null ? [] : [`${rightsText(named)} by name`]),
    ...selectors.map((one) => `${rightsText(one)} by ${tagsText(one.tags)}`),
  ].join(", ");

/** Why a contract would not take the agent. */
export const unmetText = ({ unmet }: Of<"offer">): string =>
  unmet === null ? "" : [unmet.rule ?? unmet.code, unmet.detail ?? ""].join(" ").trim();

class Drawing {
  readonly #things = new Map<string, Thing>();
  readonly #ways = new Map<string, Way>();

  put(column: ColumnName, id: string, title: string, said: string, isClosed = false): string {
    if (!this.#things.has(id)) this.#things.set(id, { id, column, title, said, isClosed });
    return id;
  }

  lead(from: string, to: string): void {
    this.#ways.set(`${from} ${to}`, { from, to });
  }

  has(id: string): boolean {
    return this.#things.has(id);
  }

  get things(): readonly Thing[] {
    return [...this.#things.values()];
  }

  get ways(): readonly Way[] {
    return [...this.#ways.values()];
  }
}

type Party = Pick<Of<"agent">, "agent" | "organisation">;

const putParty = (drawing: Drawing, { agent, organisation }: Party): string =>
  drawing.put("agents", agent.id, agent.name, organisation.name);

function putItem(drawing: Drawing, itself: string, item: ReachedView): void {
  switch (item.kind) {
    case "workgroup":
      drawing.lead(
        itself,
        drawing.put("workgroups", item.workgroup.id, item.workgroup.address, givenBy(item)),
      );
      return;
    case "agent":
      drawing.lead(item.workgroup.id, putParty(drawing, item));
      return;
    case "offer": {
      const { advertisement, capabilities, admitted } = item;
      const said = admitted ? capabilities.join(" ") : `not admitted: ${unmetText(item)}`;
      const offer = drawing.put("offers", advertisement.id, advertisement.name, said, !admitted);
      drawing.lead(putParty(drawing, item), offer);
      return;
    }
    case "session": {
      const { session, capability, state, side, advertisement } = item;
      const told = drawing.put("sessions", session, capability, `${state}, as ${side}`);
      const isEngaged = side === "consumer" && drawing.has(advertisement);
      drawing.lead(isEngaged ? advertisement : putParty(drawing, item), told);
      return;
    }
    case "forgotten":
      return;
    default:
      unknownItem(item);
  }
}

const unknownItem = (item: never): never => {
  throw new TypeError(`nothing is drawn of ${JSON.stringify(item)}`);
};

export function graphOf({ agent, at, standing, items }: BlastRadiusView): Graph {
  const drawing = new Drawing();
  const itself = drawing.put("agent", agent.id, agent.name, standing ?? "not there yet");
  for (const item of items) putItem(drawing, itself, item);
  const forgotten = items.filter(({ kind }) => kind === "forgotten").length;
  return { name: agent.name, at, things: drawing.things, ways: drawing.ways, forgotten };
}
