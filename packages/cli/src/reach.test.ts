import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BlastRadiusView, ReachedView } from "@parley/protocol";
import { describe, expect, onTestFinished, test } from "vitest";
import { dotOf } from "./reach-dot.js";
import { graphOf } from "./reach-graph.js";
import { columnsOf, svgOf } from "./reach-svg.js";
import { run } from "./testing/desk.js";
import { radius } from "./testing/reach-views.js";
import { agent, page } from "./testing/views.js";

const path = `/v1/agents/${agent.id}/blast-radius`;
const replies = { "GET /v1/agents": page(agent), [`GET ${path}`]: radius };

/** Elements by their names, with how deep they stand: what is not closed, or closed twice, is not well-formed. */
function elementsOf(svg: string): readonly string[] {
  const open: string[] = [];
  const names: string[] = [];
  for (const [, closing, name = "", attributes = ""] of svg.matchAll(/<(\/?)([a-z]+)([^<>]*)>/g)) {
    if (closing) expect(open.pop()).toBe(name);
    else {
      names.push(name);
      if (!attributes.endsWith("/")) open.push(name);
    }
  }
  expect(open).toEqual([]);
  return names;
}

const count = (names: readonly string[], name: string): number => names.filter((one) => one === name).length;

describe("parley agent blast-radius", () => {
  test("says what is reached, where, and how", async () => {
    const { out, code } = await run("agent blast-radius equity-feed", { replies });
    expect(code).toBe(0);
    expect(out).toContain(`${agent.name} (${agent.id}) at ${radius.at}: active`);
    expect(out).toMatch(/^workgroup +markets-co\/channel .*engage by name$/m);
    expect(out).toMatch(/^workgroup +quant-house\/research .*offer and engage by env=prod$/m);
    expect(out).toMatch(/^agent .*quant-house\/oracle +offer$/m);
    expect(out).toMatch(/^offer +equities .*acceptance: provider$/m);
    expect(out).toMatch(/^offer +forecasts .*not admitted: requiredTags region$/m);
    expect(out).toMatch(/^session .*active as consumer since 2026-01-05T09:00:00.000Z$/m);
  });

  test("asks for the moment that was said, page after page, and tells all of it as one", async () => {
    const pages = [
      { ...radius, items: radius.items.slice(0, 3), nextCursor: "more" },
      { ...radius, items: radius.items.slice(3) },
    ];
    let asked = 0;
    const { out, asked: asks } = await run(
      "agent blast-radius equity-feed --at 2026-01-05T10:00:00+01:00 --json",
      {
        replies: { ...replies, [`GET ${path}`]: () => pages[asked++] },
      },
    );
    expect(JSON.parse(out)).toEqual(radius);
    const queries = asks.filter((ask) => ask.path === path).map(({ query }) => query);
    expect(queries).toEqual([
      { at: "2026-01-05T09:00:00.000Z", limit: 200 },
      { at: "2026-01-05T09:00:00.000Z", limit: 200, cursor: "more" },
    ]);
  });

  test.each(["yesterday", "2026-01-05", "2026-01-05T25:00:00Z", "1767603600000"])(
    "does not take %s for a time",
    async (at) => {
      const { code, asked } = await run(["agent", "blast-radius", "equity-feed", "--at", at], { replies });
      expect([code, asked]).toEqual([2, []]);
    },
  );

  test("says that nothing is reached", async () => {
    const empty = { ...radius, standing: null, items: [] };
    const { out, notes } = await run("agent blast-radius equity-feed", {
      replies: { ...replies, [`GET ${path}`]: empty },
    });
    expect(out).toContain("not there yet");
    expect(notes).toContain("It reaches nothing");
  });

  test("writes a picture, and complains where it cannot", async () => {
    const folder = mkdtempSync(join(tmpdir(), "parley-reach-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "radius.svg");
    const { out, notes } = await run(["agent", "blast-radius", agent.id, "--svg", file], { replies });
    expect([out, notes]).toEqual(["", `Written: ${file}.`]);
    expect(readFileSync(file, "utf8")).toBe(`${svgOf(graphOf(radius))}\n`);
    const nowhere = await run(["agent", "blast-radius", agent.id, "--svg", join(folder, "no", "x.svg")], {
      replies,
    });
    expect([nowhere.code, nowhere.notes]).toEqual([2, expect.stringContaining("cannot write")]);
    expect((await run("agent blast-radius equity-feed --dot --json", { replies })).code).toBe(2);
  });
});

describe("parley who-can-reach", () => {
  const [offered] = radius.items.filter((item) => item.kind === "offer");
  if (offered === undefined) throw new RangeError("there is an offer");
  const { advertisement, workgroup, organisation, contract, agent: reader } = offered;
  const strict = { ...contract, requiredTags: { region: "eu" }, minAgentAgeDays: 7 };
  const items = [
    { advertisement, workgroup, organisation, contract, agent: reader, certain: true },
    { advertisement, workgroup, organisation, contract: strict, agent: reader, certain: false },
  ];
  const { standing, at } = radius;
  const found = { agent: radius.agent, at, standing, forgotten: 0, items, nextCursor: null };
  const path = `/v1/agents/${agent.id}/who-can-reach`;
  const replyWith = (view: object) => ({ "GET /v1/agents": page(agent), [`GET ${path}`]: view });

  test("says who, where, and what is asked for", async () => {
    const { out, asked } = await run("who-can-reach equity-feed --at 2026-01-05T09:00Z", {
      replies: replyWith(found),
    });
    expect(out).toMatch(/^quant-house\/oracle .* equities +markets-co\/channel +provider +- +yes$/m);
    expect(out).toMatch(/ region=eu, an age of 7 days +no$/m);
    expect(asked.at(-1)).toMatchObject({ path, query: { at: "2026-01-05T09:00:00.000Z" } });
  });

  test("answers with what REST answers, and says that it is nobody, and what is not known", async () => {
    const { out } = await run("who-can-reach equity-feed --json", { replies: replyWith(found) });
    expect(JSON.parse(out)).toEqual(found);
    const nobody = await run("who-can-reach equity-feed", {
      replies: replyWith({ ...found, items: [], forgotten: 2 }),
    });
    expect(nobody.notes).toContain("Nobody");
    expect(nobody.notes).toContain("2 facts are not known any more.");
  });
});

describe("the graph", () => {
  const graph = graphOf(radius);
  const titled = new Map(graph.things.map(({ id, title }) => [id, title]));

  test("has each thing once, and leads to each by what gives it", () => {
    expect(graph.things.map(({ column, title }) => `${column}: ${title}`)).toEqual([
      "agent: equity-feed",
      ...["workgroups: markets-co/channel", "workgroups: quant-house/research"],
      ...["agents: oracle", "offers: equities", "offers: forecasts"],
      ...["sessions: markets.equity", "sessions: quotes.spot"],
    ]);
    expect(graph.ways.map(({ from, to }) => `${titled.get(from)} > ${titled.get(to)}`)).toEqual([
      ...["equity-feed > markets-co/channel", "equity-feed > quant-house/research"],
      ...["markets-co/channel > oracle", "quant-house/research > oracle"],
      ...["oracle > equities", "oracle > forecasts"],
      // As provider it is engaged by the other agent, not by an offer that it sees.
      ...["equities > markets.equity", "oracle > quotes.spot"],
    ]);
  });

  test("is put into graphviz's words as text", () => {
    expect(dotOf(graph)).toMatch(/^digraph "equity-feed at .*" \{\n[\s\S]*-> [\s\S]*\n\}$/);
    const named = { ...radius, agent: { ...radius.agent, name: 'a"]; b -> c; "\n\\' } };
    const [line = ""] = dotOf(graphOf(named))
      .split("\n")
      .filter((one) => one.includes("doubleoctagon"));
    expect(line).toContain(String.raw`label="a\"]; b -> c; \"�\\\nactive"`);
  });
});

describe("the picture", () => {
  test("is one element for each thing and each way, and asks for nothing from elsewhere", () => {
    const svg = svgOf(graphOf(radius));
    const names = elementsOf(svg);
    expect([count(names, "rect"), count(names, "path")]).toEqual([8, 8]);
    expect(svg).not.toMatch(/href|url\(|<script|<image|<foreignObject|@import/);
    expect(svg).toContain('class="offers closed"');
  });

  test.each(["<script>alert(1)</script>", '"/><rect', "&amp;'", "]]>", "a\u0000b\u202ec"])(
    "shows what others have named as text: %j",
    (name) => {
      const [first] = radius.items;
      if (first?.kind !== "workgroup") throw new RangeError("a workgroup comes first");
      const items = [
        { ...first, workgroup: { ...first.workgroup, address: name } },
        ...radius.items.slice(1),
      ];
      const hostile: BlastRadiusView = { ...radius, agent: { ...radius.agent, name }, items };
      const plain = elementsOf(svgOf(graphOf(radius)));
      expect(elementsOf(svgOf(graphOf(hostile)))).toEqual(plain);
      expect(svgOf(graphOf(hostile))).not.toMatch(/[\0\u202e]/);
    },
  );

  test("has no two things in one place, and all of them within its edges", () => {
    const many = radius.items.flatMap((item): ReachedView[] =>
      item.kind === "session"
        ? [0, 1, 2, 3].map((n) => ({ ...item, session: `${item.session.slice(0, -1)}${n}` as never }))
        : [item],
    );
    const graph = graphOf({ ...radius, items: many });
    const placed = columnsOf(graph).flatMap(({ drawn }) => drawn);
    expect(new Set(placed.map(({ x, y }) => `${x} ${y}`)).size).toBe(graph.things.length);
    const [, width = 0, height = 0] = /width="(\d+)" height="(\d+)"/.exec(svgOf(graph))?.map(Number) ?? [];
    for (const { x, y } of placed) {
      expect(x + 208).toBeLessThanOrEqual(width);
      expect(y + 46).toBeLessThanOrEqual(height);
    }
  });

  test("draws so many of a column, and says how many more there are", () => {
    const [session] = radius.items.filter((item) => item.kind === "session");
    const many = Array.from({ length: 75 }, (_, n) => ({
      ...(session as Extract<ReachedView, { kind: "session" }>),
      session: `ses_${String(n).padStart(26, "0")}` as never,
    }));
    const svg = svgOf(graphOf({ ...radius, items: many }));
    expect(count(elementsOf(svg), "rect")).toBe(60 + 2);
    expect(svg).toContain("and 15 more");
  });
});
