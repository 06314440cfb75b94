/** Nobody consents to what it has not seen, and what is signed is what was shown. */
import { makeId } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { type DeskOptions, refusal, run } from "./testing/desk.js";
import { invitation, workgroup } from "./testing/engagement-views.js";
import { page } from "./testing/views.js";

const inGroup = `/v1/workgroups/${workgroup.id}/invitations/${invitation.id}`;
const own = `/v1/invitations/${invitation.id}`;
const given = { ...invitation, state: "consented", digest: "e".repeat(43) };
const replies = {
  [`GET ${own}`]: invitation,
  [`POST ${inGroup}/consent`]: given,
  [`POST ${inGroup}/decline`]: { ...invitation, state: "declined" },
};
const line = `workgroup consent ${invitation.id}`;
const times = (text: string, of: string): number => text.split(of).length - 1;

test("another digest than the one that was read is not signed", async () => {
  const ran = await run(`${line} --digest ${"x".repeat(43)}`, { replies });
  expect([ran.signed, ran.code]).toEqual([[], 1]);
  expect(ran.notes).toContain(invitation.digest);
});

test("the digest that was read is signed without asking", async () => {
  const ran = await run(`${line} --digest ${invitation.digest}`, { replies, interactive: true });
  expect([ran.signed, ran.questions, ran.code]).toEqual([["consent"], [], 0]);
});

test("without a terminal it must be said, and is told how", async () => {
  const ran = await run(line, { replies });
  expect([ran.signed, ran.code]).toEqual([[], 2]);
  expect(ran.notes).toContain(`parley ${line} --digest ${invitation.digest}`);
});

test("--json does not consent by itself, at a terminal or elsewhere", async () => {
  const piped = await run(`${line} --json`, { replies });
  expect([piped.signed, piped.code]).toEqual([[], 2]);
  const typed = await run(`${line} --json`, { replies, interactive: true, confirms: false });
  expect([typed.signed, typed.questions.length]).toEqual([[], 1]);
});

describe("at a terminal", () => {
  const asked: DeskOptions = { replies, interactive: true };

  test("it is shown with all that is signed, then asked, and a no signs nothing", async () => {
    const ran = await run(line, { ...asked, confirms: false });
    expect([ran.signed, ran.code]).toEqual([[], 2]);
    for (const shown of [invitation.workgroup.purpose, invitation.digest, workgroup.owner.id]) {
      expect(ran.notes).toContain(shown);
    }
  });

  test("what is signed is what was shown, and no later reading of it", async () => {
    const ran = await run(line, { ...asked, confirms: true });
    expect([ran.signed, ran.signedOver]).toEqual([["consent"], [invitation]]);
    expect(ran.asked.filter(({ method }) => method === "GET")).toHaveLength(1);
  });
});

test("with --yes it is shown once, and what is new is what has become of it", async () => {
  const ran = await run(`${line} --yes`, { replies });
  expect([ran.signed, ran.signedOver]).toEqual([["consent"], [invitation]]);
  expect(times(ran.notes, invitation.digest)).toBe(1);
  expect(times(ran.notes + ran.out, workgroup.purpose)).toBe(1);
  expect(ran.out).toContain("consented");
  expect(ran.notes).toContain(`parley workgroup add ${workgroup.id} AGENT`);
});

test("with --json the answer is exactly what REST answered", async () => {
  const ran = await run(`${line} --yes --json`, { replies });
  expect(JSON.parse(ran.out)).toEqual(given);
});

describe("what is over is not signed, whoever says that it is", () => {
  test("consented already is no refusal", async () => {
    const ran = await run(`${line} --yes`, { replies: { ...replies, [`GET ${own}`]: given } });
    expect([ran.signed, ran.code]).toEqual([[], 0]);
    expect(ran.notes).toContain("nothing is left to sign");
  });

  test.each(["declined", "withdrawn", "expired"])("%s", async (state) => {
    const over = { ...replies, [`GET ${own}`]: { ...invitation, state } };
    const ran = await run(`${line} --yes`, { replies: over, interactive: true, confirms: true });
    expect([ran.signed, ran.questions, ran.code]).toEqual([[], [], 1]);
    expect(ran.notes).toContain(state);
    expect(ran.notes).toContain("parley workgroup invite");
  });
});

describe("who is to consent next is said", () => {
  const third = { id: makeId("organisation"), name: "third-co" };

  test("those that are in come first, by their names", async () => {
    const waiting = {
      ...invitation,
      organisations: [...invitation.organisations, third],
      awaited: [third.id],
    };
    const group = `/v1/workgroups/${encodeURIComponent("markets-co/channel")}`;
    const invite = `workgroup invite markets-co/channel ${invitation.organisation}`;
    const ran = await run(invite, {
      replies: { [`POST ${group}/invitations`]: waiting, [`POST ${inGroup}/consent`]: waiting },
    });
    expect(ran.notes).toBe(`Now it waits for third-co: \`parley ${line}\`.`);
  });

  test("then the invited one", async () => {
    const ran = await run(`invitation show ${invitation.id}`, { replies });
    expect(ran.notes).toBe(`Now it waits for ${invitation.organisation}: \`parley ${line}\`.`);
  });

  test("an invitation that was made and not consented to is not lost", async () => {
    const group = `/v1/workgroups/${encodeURIComponent("markets-co/channel")}`;
    const ran = await run(`workgroup invite markets-co/channel ${invitation.organisation}`, {
      replies: {
        [`POST ${group}/invitations`]: invitation,
        [`POST ${inGroup}/consent`]: refusal({ code: "workgroup.changed" }),
      },
    });
    expect(ran.code).toBe(1);
    expect(ran.notes).toContain(`parley ${line}`);
  });
});

describe("an invitation is found", () => {
  test("in a workgroup that one is in, by its id alone", async () => {
    const ran = await run(`workgroup decline ${invitation.id}`, {
      replies: {
        "GET /v1/workgroups": page(workgroup),
        [`GET ${inGroup}`]: invitation,
        [`POST ${inGroup}/decline`]: invitation,
      },
    });
    expect(ran.asked.map(({ path }) => path)).toEqual([own, "/v1/workgroups", inGroup, `${inGroup}/decline`]);
  });

  test("or nowhere, which is said", async () => {
    const ran = await run(`invitation show ${invitation.id}`, { replies: { "GET /v1/workgroups": page() } });
    expect(ran.code).toBe(1);
    expect(ran.notes).toContain("parley invitation list");
  });

  test("another refusal than that there is none is told as it is", async () => {
    const ran = await run(`invitation show ${invitation.id}`, {
      replies: { [`GET ${own}`]: refusal({ code: "role.missing", rule: "auditor" }) },
    });
    expect([ran.code, ran.asked.length]).toEqual([1, 1]);
    expect(ran.notes).toContain("role.missing");
  });
});
