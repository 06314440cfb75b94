/**
 * Every row of states, commands and callers: what is allowed to whom, and what the refusal is. `yes` happens, `again` has
 * happened by the same and changes nothing, `hidden` is `not-found`, `role …` is `role.missing` with its rule, `is …` is
 * `session.state` with the state, `not-held` is `session.not-held`.
 */
import { describe, expect, test } from "vitest";
import { decide } from "../testing/decide.js";
import { type CallerName, callers, sceneIn, states } from "../testing/session-scenes.js";
import type { Verdict } from "../verdict.js";

const tables = [
  [
    "session.accept",
    "provider",
    `
                              proposed     accepted     waiting      active       closed       void
    consumer's holder         every state: role provider-instance
    consumer's sibling        every state: role provider-instance
    consumer's admin          every state: role provider-instance
    consumer's auditor        every state: role provider-instance
    consumer's enroller       every state: hidden
    consumer's other agent    every state: hidden
    provider's instance       yes          again        again        again        again        again
    provider's sibling        yes          is accepted  is accepted  is active    is closed    is closed
    provider's admin          every state: role provider-instance
    stranger in the workgroup every state: hidden
    stranger's admin          every state: hidden
    platform                  every state: hidden
  `,
  ],
  [
    "session.accept",
    "operator",
    `
                              proposed     accepted     waiting      active       closed       void
    consumer's holder         every state: role provider-admin
    consumer's sibling        every state: role provider-admin
    consumer's admin          every state: role provider-admin
    consumer's auditor        every state: role provider-admin
    consumer's enroller       every state: hidden
    consumer's other agent    every state: hidden
    provider's instance       every state: role provider-admin
    provider's sibling        every state: role provider-admin
    provider's admin          yes          again        again        again        again        again
    stranger in the workgroup every state: hidden
    stranger's admin          every state: hidden
    platform                  every state: hidden
  `,
  ],
  [
    "session.accept",
    "open",
    `
                              proposed     accepted     waiting      active       closed       void
    consumer's holder         is proposed  is accepted  is accepted  is active    is closed    is closed
    consumer's sibling        is proposed  is accepted  is accepted  is active    is closed    is closed
    consumer's admin          is proposed  is accepted  is accepted  is active    is closed    is closed
    consumer's auditor        is proposed  is accepted  is accepted  is active    is closed    is closed
    consumer's enroller       every state: hidden
    consumer's other agent    every state: hidden
    provider's instance       is proposed  is accepted  is accepted  is active    is closed    is closed
    provider's sibling        is proposed  is accepted  is accepted  is active    is closed    is closed
    provider's admin          is proposed  is accepted  is accepted  is active    is closed    is closed
    stranger in the workgroup every state: hidden
    stranger's admin          every state: hidden
    platform                  every state: hidden
  `,
  ],
  [
    "session.reject",
    "provider",
    `
                              proposed     accepted     waiting      active       closed       void
    consumer's holder         every state: role provider
    consumer's sibling        every state: role provider
    consumer's admin          every state: role provider
    consumer's auditor        every state: role provider
    consumer's enroller       every state: hidden
    consumer's other agent    every state: hidden
    provider's instance       yes          is accepted  is accepted  is active    is closed    is closed
    provider's sibling        yes          is accepted  is accepted  is active    is closed    is closed
    provider's admin          yes          is accepted  is accepted  is active    is closed    is closed
    stranger in the workgroup every state: hidden
    stranger's admin          every state: hidden
    platform                  every state: hidden
  `,
  ],
  [
    "session.withdraw",
    "provider",
    `
                              proposed     accepted     waiting      active       closed       void
    consumer's holder         yes          is accepted  is accepted  is active    is closed    is closed
    consumer's sibling        yes          is accepted  is accepted  is active    is closed    is closed
    consumer's admin          yes          is accepted  is accepted  is active    is closed    is closed
    consumer's auditor        every state: role consumer
    consumer's enroller       every state: hidden
    consumer's other agent    every state: hidden
    provider's instance       every state: role consumer
    provider's sibling        every state: role consumer
    provider's admin          every state: role consumer
    stranger in the workgroup every state: hidden
    stranger's admin          every state: hidden
    platform                  every state: hidden
  `,
  ],
  [
    "session.join",
    "provider",
    `
                              proposed     accepted     waiting      active       closed       void
    consumer's holder         is proposed  yes          again        again        again        again
    consumer's sibling        is proposed  yes          not-held     not-held     is closed    is closed
    consumer's admin          every state: role instance
    consumer's auditor        every state: role instance
    consumer's enroller       every state: role instance
    consumer's other agent    every state: hidden
    provider's instance       is proposed  yes          yes          again        again        again
    provider's sibling        is proposed  yes          yes          not-held     is closed    is closed
    provider's admin          every state: role instance
    stranger in the workgroup every state: hidden
    stranger's admin          every state: role instance
    platform                  every state: role instance
  `,
  ],
  [
    "session.close",
    "provider",
    `
                              proposed     accepted     waiting      active       closed       void
    consumer's holder         is proposed  not-held     yes          yes          again        is closed
    consumer's sibling        is proposed  not-held     not-held     not-held     is closed    is closed
    consumer's admin          is proposed  yes          yes          yes          is closed    is closed
    consumer's auditor        every state: role admin
    consumer's enroller       every state: hidden
    consumer's other agent    every state: hidden
    provider's instance       is proposed  not-held     not-held     yes          is closed    is closed
    provider's sibling        is proposed  not-held     not-held     not-held     is closed    is closed
    provider's admin          is proposed  yes          yes          yes          is closed    is closed
    stranger in the workgroup every state: hidden
    stranger's admin          every state: hidden
    platform                  every state: hidden
  `,
  ],
] as const;

function said(verdict: Verdict): string {
  if (verdict.verdict === "accepted") return verdict.facts.length + verdict.work.length > 0 ? "yes" : "again";
  const { code, rule, state } = verdict.refusal;
  switch (code) {
    case "not-found":
      return "hidden";
    case "role.missing":
      return `role ${rule}`;
    case "session.state":
      return `is ${state}`;
    case "session.not-held":
      return "not-held";
    default:
      return code;
  }
}

const isHead = (line: string) => line.trim().startsWith("proposed");
const cellsOf = (text: string): readonly string[] =>
  text.startsWith("every state: ")
    ? states.map(() => text.slice("every state: ".length))
    : (text.match(/(?:is )?\S+/g) ?? []);

const rowsOf = (grid: string) =>
  grid
    .split("\n")
    .filter((line) => line.trim() !== "" && !isHead(line))
    .map((line) => ({ who: line.slice(4, 30).trim() as CallerName, expected: cellsOf(line.slice(30)) }));

describe.each(tables)("%s under acceptance %s", (kind, acceptance, grid) => {
  test("has a row for everybody and a column for every state", () => {
    expect(rowsOf(grid).map(({ who }) => who)).toEqual(Object.keys(callers));
    expect(grid.split("\n").find(isHead)?.trim().split(/\s+/)).toEqual(states);
  });

  test("asks the same of what is hidden as of what is absent [SES-2]", () => {
    const seldom = rowsOf(grid).filter(({ expected }) => expected.includes("hidden"));
    for (const { who } of seldom) {
      const scene = sceneIn(kind, "active", who, acceptance);
      const absent = { ...scene.command, session: "ses_of_nobody" };
      const there = decide(scene.world, scene.command, scene.now);
      const nowhere = decide(scene.world, absent, scene.now);
      expect([there.asked, said(there.verdict)]).toEqual([nowhere.asked, said(nowhere.verdict)]);
    }
  });

  test.each(rowsOf(grid))("$who [SES-1] [SES-2] [SES-9]", ({ who, expected }) => {
    const found = states.map((state) => {
      const scene = sceneIn(kind, state, who, acceptance);
      return said(decide(scene.world, scene.command, scene.now).verdict);
    });
    expect(found).toEqual(expected);
  });
});
