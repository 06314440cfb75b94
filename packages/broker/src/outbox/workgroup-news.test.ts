import type { AgentId, OrganisationId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import * as cast from "../governance/testing/cast.js";
import * as city from "../governance/testing/city.js";
import type { Store } from "../ledger/store.js";
import { CatalogWatches } from "./catalog-watches.js";
import { Connections } from "./connections.js";
import { factOf, openWire } from "./testing/wires.js";
import { WorkgroupNews } from "./workgroup-news.js";

const { acme, borealis, north, north1, scout, scout1, idOf } = cast;
const { channel, participationRow, membershipRow } = city;
/** Of acme, each in its own way no member when the end came. */
const former = idOf("agent", 13);
const returned = idOf("agent", 14);
const never = idOf("agent", 15);

const members = {
  [acme]: [
    membershipRow(channel, scout, acme, { engage: true }),
    membershipRow(channel, former, acme),
    membershipRow(channel, returned, acme, { engage: true, participation: 1 }),
  ],
  [borealis]: [membershipRow(channel, north, borealis, { offer: true })],
};

const store: Pick<Store, "read"> = {
  read: async (question) => {
    const answers = Object.entries(question).map(([name, { find, by }]) => {
      const organisation = "organisation" in by ? (by.organisation as OrganisationId) : acme;
      const found: Partial<Record<typeof find, unknown>> = {
        participants: [acme, borealis].map((id) => ({ organisation: { id } })),
        participation: participationRow(channel, organisation),
        membershipsIn: members[organisation as keyof typeof members],
        workgroupsTouched: [channel],
      };
      return [name, found[find]];
    });
    return Object.fromEntries(answers);
  },
};

function scene() {
  const connections = new Connections();
  const watches = new CatalogWatches({ workgroupsOf: async () => [channel], failed: () => undefined });
  const news = new WorkgroupNews({ connections, store, watches });
  const agents: readonly (readonly [AgentId, ReturnType<typeof openWire>])[] = [
    [scout, openWire(connections, scout1, scout, acme)],
    [former, openWire(connections, idOf("instance", 13), former, acme)],
    [returned, openWire(connections, idOf("instance", 14), returned, acme)],
    [never, openWire(connections, idOf("instance", 15), never, acme)],
    [north, openWire(connections, north1, north, borealis)],
  ];
  const told = () => agents.flatMap(([agent, { told }]) => (told.length > 0 ? [agent] : []));
  return { agents, news, told };
}

const stream = `workgroup:${channel}`;

describe("the end of a membership is told to whose it was, and to nobody else [SOC-24]", () => {
  test("when its organisation leaves", async () => {
    const { news, told } = scene();
    await news.hear(
      factOf(stream, "workgroup.left", { workgroup: channel, organisation: acme, why: "left" }),
    );
    expect(told()).toEqual([scout]);
  });

  test("when the workgroup is dissolved", async () => {
    const { news, told, agents } = scene();
    const data = { workgroup: channel, why: "dissolved", invitations: [] } as const;
    await news.hear(factOf(stream, "workgroup.dissolved", data));
    expect(told()).toEqual([scout, north]);
    expect(agents[0]?.[1].told).toEqual([{ event: "membership.changed", workgroup: channel }]);
  });

  test("when it is changed", async () => {
    const { news, told } = scene();
    const changed = [{ name: "north", membership: membershipRow(channel, north, borealis) }];
    const data = { workgroup: channel, organisation: borealis, members: changed };
    await news.hear(factOf(stream, "memberships.changed", data));
    expect(told()).toEqual([north]);
  });

  test("but not of what was erased since", async () => {
    const { news, told } = scene();
    const data = { workgroup: channel, organisation: acme, why: "left" } as const;
    await news.hear({ ...factOf(stream, "workgroup.left", data), contentText: null });
    expect(told()).toEqual([]);
  });
});
