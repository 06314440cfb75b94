import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { lives } from "../testing/city.js";
import { pagePath, sessionsPage } from "../testing/session-page.js";
import { sessionRules } from "./session-rules.js";
import { leadsTo, moved, moves, type SessionCommand, sessionCommands } from "./session-states.js";

describe("the table of states [SES-1]", () => {
  test("has a row for every command about sessions", () => {
    expect(Object.keys(moves).toSorted()).toEqual(Object.keys(sessionRules).toSorted());
  });

  test("leads out of closed nowhere, and into proposed only from nothing [SES-15]", () => {
    for (const command of sessionCommands) {
      expect(leadsTo(command, "closed")).toEqual(command === "session.join" ? ["closed"] : []);
      for (const from of ["proposed", "accepted", "active"] as const)
        expect(leadsTo(command, from)).not.toContain("proposed");
    }
  });

  test.each<[SessionCommand, "proposed" | "active"]>([
    ["session.accept", "active"],
    ["session.close", "proposed"],
  ])("%s from %s: what the table does not say is a bug and is not written", (command, from) => {
    expect(() => moved(command, from, lives.accepted)).toThrow(`${command} does not lead from ${from}`);
  });

  test("is what docs/sessions.md draws and says", async () => {
    await expect(sessionsPage()).toMatchFileSnapshot(fileURLToPath(pagePath));
  });
});
