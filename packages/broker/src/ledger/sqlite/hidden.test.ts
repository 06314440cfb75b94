import { describe, expect, test } from "vitest";
import { ask, commit, put } from "../contract/opened.suite.js";
import {
  agent,
  agt,
  enrolmentToken,
  etk,
  ins,
  instance,
  operator,
  opr,
  org,
} from "../contract/rows.suite.js";
import type { StoreLookup } from "../store.js";
import { openStore, temporaryFolder } from "./temporary.suite.js";

/** For each lookup that takes an organisation: what belongs to another, and what nobody has. */
const lookups: Readonly<Record<string, (n: number, own: boolean) => StoreLookup>> = {
  operator: (n, own) => ({ find: "operator", by: { organisation: own ? null : org(1), id: opr(n) } }),
  agent: (n) => ({ find: "agent", by: { organisation: org(1), id: agt(n) } }),
  agentNamed: (n) => ({ find: "agentNamed", by: { organisation: org(1), name: agent(n).name } }),
  agentsAmong: (n) => ({ find: "agentsAmong", by: { organisation: org(1), ids: [agt(n)] } }),
  instance: (n) => ({ find: "instance", by: { organisation: org(1), id: ins(n) } }),
  enrolmentToken: (n) => ({ find: "enrolmentToken", by: { organisation: org(1), id: etk(n) } }),
  instanceRow: (n) => ({ find: "instanceRow", by: { organisation: org(1), id: ins(n) } }),
  instancesPage: (n) => ({
    find: "instancesPage",
    by: { organisation: org(1), agent: agt(n), after: null, limit: 5 },
  }),
  tokensPage: (n) => ({
    find: "tokensPage",
    by: { organisation: org(1), for: agt(n), after: null, limit: 5 },
  }),
  "agentsPage of ids": (n) => ({
    find: "agentsPage",
    by: { organisation: org(1), ids: [agt(n)], after: null, limit: 5 },
  }),
};

const theirs = { organisation: org(2) };

async function openWithTheirs() {
  const statements: string[] = [];
  const store = openStore(temporaryFolder(), { trace: (statement) => statements.push(statement) });
  await commit(store, {
    changes: [
      ...put("operators", operator(2, theirs)),
      ...put("agents", agent(2, theirs)),
      ...put("instances", instance(2, { ...theirs, agent: agt(2) })),
      ...put("enrolmentTokens", enrolmentToken(2, { ...theirs, for: agt(2) })),
    ],
  });
  const run = async ({ find, by }: StoreLookup) => {
    statements.length = 0;
    const found = await ask(store, find, by as never);
    return { found, statements: statements.filter((statement) => statement.startsWith("SELECT")) };
  };
  return run;
}

describe("what belongs to another organisation", () => {
  test.each(Object.entries(lookups))(
    "is found by %s as what nobody has is: by one statement, not at all",
    async (_name, by) => {
      const run = await openWithTheirs();
      const hidden = await run(by(2, false));
      const absent = await run(by(9, false));
      expect(hidden).toEqual(absent);
      expect(hidden.statements).toHaveLength(1);
      expect(hidden.statements[0]).toMatch(/"organisation" (=|IS) \?/);
      expect([undefined, 0, []]).toContainEqual(hidden.found);
    },
  );

  test("is told apart by the trace when it is looked up first and judged afterwards", async () => {
    const run = await openWithTheirs();
    const leaky = async (n: number) => {
      const first = await run({ find: "operatorAnywhere", by: { id: opr(n) } });
      const second = first.found ? await run(lookups.agent?.(2, false) as StoreLookup) : { statements: [] };
      return [...first.statements, ...second.statements];
    };
    expect(await leaky(2)).not.toEqual(await leaky(9));
  });
});
