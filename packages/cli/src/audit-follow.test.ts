import { ParleyFault } from "@parley/agent-sdk";
import { describe, expect, test } from "vitest";
import { refusal, run } from "./testing/desk.js";

const fact = (position: number) => ({
  ...{ stream: "platform", position, kind: "broker.started", at: "2026-01-05T09:00:00.000Z" },
  ...{ contentDigest: "d", previous: "p", hash: "h", content: { actor: "\u202e" } },
});
const told = (position: number) => ({ id: `id-${position}`, data: JSON.stringify(fact(position)) });

/** Stopped once it has waited so often. */
function stoppedAfter(pauses: number) {
  const stop = new AbortController();
  let waited = 0;
  const pause = async () => {
    waited += 1;
    if (waited === pauses) stop.abort();
  };
  return { stop: stop.signal, pause };
}

describe("parley audit follow", () => {
  test("tells a fact a line, comes back after the last, and says where to go on", async () => {
    const events = (_ask: object, attempt: number) => {
      if (attempt === 2) return new ParleyFault("cannot hear it", "later");
      if (attempt === 1) return [told(1), told(2), { id: "id-far", data: undefined }];
      return attempt === 3 ? [told(3)] : [];
    };
    const ran = await run("audit follow --json --kind broker.started", { events, ...stoppedAfter(4) });
    expect(ran.out.split("\n").map((line) => JSON.parse(line))).toEqual([fact(1), fact(2), fact(3)]);
    expect(ran.out).not.toContain("\u202e");
    expect(ran.listened.map(({ after }) => after)).toEqual([undefined, "id-far", "id-far", "id-3"]);
    expect(ran.listened[0]).toMatchObject({ path: "/v1/audit/stream", query: { kind: "broker.started" } });
    expect(ran.notes).toContain("--after id-3");
    expect([ran.code, ran.closed]).toEqual([0, 4]);
  });

  test("begins where it is told to, in columns for people, and tells of trouble once", async () => {
    const events = (_ask: object, attempt: number) =>
      attempt === 1 ? [told(7)] : new ParleyFault("cannot hear it", "later");
    const ran = await run("audit follow --after id-6", { events, ...stoppedAfter(3) });
    expect(ran.listened[0]?.after).toBe("id-6");
    expect(ran.out).toMatch(
      /^AT +STREAM +POSITION[^\n]*\n2026-01-05T09:00:00.000Z +platform +7 +broker.started/,
    );
    expect(ran.notes.match(/trouble: cannot hear it/g)).toHaveLength(1);
  });

  test("ends with a refusal that does not pass, and with trouble at the very beginning", async () => {
    const refused = await run("audit follow", { events: () => refusal({ code: "role.missing" }) });
    expect([refused.code, refused.listened.length]).toEqual([1, 1]);
    const away = await run("audit follow", { events: () => new ParleyFault("cannot reach it", "later") });
    expect([away.code, away.listened.length]).toEqual([3, 1]);
    const strange = { id: "x", data: JSON.stringify({ something: "else" }) };
    const odd = await run("audit follow", { events: () => [strange] });
    expect([odd.code, odd.out]).toEqual([3, ""]);
  });
});
