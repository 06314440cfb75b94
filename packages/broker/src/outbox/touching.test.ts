import { describe, expect, test } from "vitest";
import type { FactData, FactKind } from "../governance/fact.js";
import * as cast from "../governance/testing/cast.js";
import * as city from "../governance/testing/city.js";
import { mayTouch, type Touching, touchingOf } from "./touching.js";

const { channel, den } = city;
const { acme, scout } = cast;
const nothing: Touching = { workgroups: [], members: [], ended: null, standing: null };
const gone = { workgroups: [den], capabilities: [] };
const offer = { workgroup: channel } as FactData["advertisement.published"]["offers"][number];
const membership = city.membershipRow(channel, scout, acme, { engage: true });

type Row = {
  [K in FactKind]: readonly [kind: K, data: Partial<FactData[K]>, expected: Partial<Touching>];
}[FactKind];

const rows: readonly Row[] = [
  ["advertisement.published", { offers: [offer, offer], gone }, { workgroups: [channel, den] }],
  ["advertisement.retracted", { gone }, { workgroups: [den] }],
  [
    "memberships.changed",
    { workgroup: channel, members: [{ name: "scout", membership }] },
    { workgroups: [channel], members: [{ agent: scout, workgroup: channel }] },
  ],
  [
    "workgroup.left",
    { workgroup: channel, organisation: acme },
    { workgroups: [channel], ended: { workgroup: channel, organisation: acme } },
  ],
  [
    "workgroup.dissolved",
    { workgroup: channel },
    { workgroups: [channel], ended: { workgroup: channel, organisation: null } },
  ],
  ["workgroup.handed-over", { workgroup: channel }, { workgroups: [channel] }],
  ["agent.suspended", { agent: scout }, { standing: { by: "agent", of: scout } }],
  ["agent.resumed", { agent: scout }, { standing: { by: "agent", of: scout } }],
  ["agent.revoked", { agent: scout }, { standing: { by: "agent", of: scout } }],
  ["organisation.suspended", { organisation: acme }, { standing: { by: "organisation", of: acme } }],
  ["organisation.resumed", { organisation: acme }, { standing: { by: "organisation", of: acme } }],
  ["organisation.revoked", { organisation: acme }, { standing: { by: "organisation", of: acme } }],
];

describe("what a fact may have changed", () => {
  test.each(rows)("%s", (kind, data, expected) => {
    expect(mayTouch(kind)).toBe(true);
    expect(touchingOf(kind, data)).toEqual({ ...nothing, ...expected });
  });

  test.each(["session.proposed", "contract.versioned", "toString"])("nothing by %s", (kind) => {
    expect(mayTouch(kind)).toBe(false);
    expect(touchingOf(kind, {})).toEqual(nothing);
  });
});
