/** A workgroup is ended by its id: a name may mean another one, or none, when the same is asked again [WKG-7]. */
import { ParleyFault } from "@parley/agent-sdk";
import { makeId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { refusal, run } from "./testing/desk.js";
import { workgroup } from "./testing/engagement-views.js";
import { cut } from "./testing/views.js";

const at = "/v1/workgroups/channel";
const known = `/v1/workgroups/${workgroup.id}`;
const dropped = new ParleyFault("the answer was lost", "later");

describe.each(["leave", "dissolve"])("workgroup %s", (verb) => {
  const answered = verb === "leave" ? { workgroup: workgroup.id, cut } : { workgroup, cut };
  const asks = `POST ${known}/${verb}`;

  test("asks about what the name means, and ends that", async () => {
    const replies = { [`GET ${at}`]: workgroup, [asks]: answered };
    const asked = { replies, interactive: true };
    const no = await run(`workgroup ${verb} channel`, { ...asked, confirms: false });
    expect([no.code, no.asked.map(({ method }) => method)]).toEqual([2, ["GET"]]);
    expect(no.questions).toEqual([expect.stringContaining(`${verb} ${workgroup.address} (${workgroup.id})`)]);
    const yes = await run(`workgroup ${verb} channel`, { ...asked, confirms: true });
    expect([yes.code, yes.asked.at(-1)?.path]).toEqual([0, `${known}/${verb}`]);
  });

  test("without a terminal it wants --yes, and says for what", async () => {
    const ran = await run(`workgroup ${verb} channel`, { replies: { [`GET ${at}`]: workgroup } });
    expect([ran.code, ran.asked.map(({ method }) => method)]).toEqual([2, ["GET"]]);
    expect(ran.notes).toContain(`${workgroup.address} (${workgroup.id})`);
    expect(ran.notes).toContain("--yes");
  });

  test("a lost answer is asked for again by the id that is told, whatever has the name by then", async () => {
    const lost = await run(`workgroup ${verb} channel --yes`, {
      replies: { [`GET ${at}`]: workgroup, [asks]: dropped },
    });
    const again = `workgroup ${verb} ${workgroup.id}`;
    expect(lost.code).toBe(3);
    expect(lost.notes).toContain(`parley ${again}`);
    const replies = { [`GET ${at}`]: { ...workgroup, id: makeId("workgroup") }, [asks]: answered };
    const ran = await run(`${again} --yes`, { replies });
    expect([ran.code, ran.asked.at(-1)?.path]).toEqual([0, `${known}/${verb}`]);
  });

  test("a refusal is an answer", async () => {
    const ran = await run(`workgroup ${verb} channel --yes`, {
      replies: { [`GET ${at}`]: workgroup, [asks]: refusal({ code: "role.missing", rule: "admin" }) },
    });
    expect(ran.code).toBe(1);
    expect(ran.notes).not.toContain(workgroup.id);
  });

  test("a name that means nothing is not acted on", async () => {
    const ran = await run(`workgroup ${verb} channel --yes`, { replies: { [asks]: answered } });
    expect([ran.code, ran.asked.map(({ method }) => method)]).toEqual([1, ["GET"]]);
  });
});
