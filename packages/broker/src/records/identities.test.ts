import { makeId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { Organisation } from "../governance/entities.js";
import type { Principal } from "../governance/question.js";
import { openMemoryStore } from "../ledger/memory/store.js";
import type { Store } from "../ledger/store.js";
import { openRecords } from "./records.js";

const organisation: Organisation = {
  id: makeId("organisation"),
  name: "acme",
  displayName: "Acme",
  standing: "active",
  generation: 0,
  takenAt: 0,
  createdAt: 1,
  version: 1,
};

const operator = (role: "admin" | "platform"): Principal => ({
  kind: "operator",
  organisation: role === "platform" ? null : organisation,
  operator: {
    id: makeId("operator"),
    organisation: role === "platform" ? null : organisation.id,
    name: role,
    role,
    agents: [],
    standing: "active",
    generation: 0,
    era: 1,
    thumbprint: null,
    enrolledAt: 1,
    createdAt: 1,
    version: 1,
  },
});

/** A store that has every organisation there is, and keeps what it was asked for. */
function storeOfThisTest() {
  const asked: unknown[] = [];
  const read = async ({ found }: { found: { by: { id: string } } }) => {
    asked.push(found);
    return { found: found.by.id === "" ? undefined : { ...organisation, id: found.by.id } };
  };
  return { asked, records: openRecords({ read } as unknown as Store, openMemoryStore) };
}

describe("an organisation", () => {
  test("is shown to its own and to the platform", async () => {
    const { records } = storeOfThisTest();
    expect(await records.showOrganisation(operator("admin"), organisation.id)).toEqual(organisation);
    expect(await records.showOrganisation(operator("platform"), organisation.id)).toEqual(organisation);
  });

  test("is asked for in the same way whether it is hidden or not there, and is not read [API-4]", async () => {
    const { asked, records } = storeOfThisTest();
    for (const id of [makeId("organisation"), "org_nothing"]) {
      expect(await records.showOrganisation(operator("admin"), id)).toEqual({ code: "not-found" });
    }
    expect(asked).toEqual([
      { find: "organisation", by: { id: "" } },
      { find: "organisation", by: { id: "" } },
    ]);
  });
});

test("a list of organisations holds its own alone, without asking for any other", async () => {
  const { asked, records } = storeOfThisTest();
  const list = (after: string | null) => records.listOrganisations(operator("admin"), { after, limit: 1 });
  expect(await list(null)).toEqual({ items: [organisation], next: null });
  expect(await list("acme")).toEqual({ items: [], next: null });
  expect(asked).toEqual([]);
});
