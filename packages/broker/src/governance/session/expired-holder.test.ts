/** A side whose instance has expired: a sibling takes it while the session is not active yet [SES-14]. */

import type { InstanceId } from "@parley/protocol";
import { expect, test } from "vitest";
import { decide } from "../testing/decide.js";
import { sceneIn } from "../testing/session-scenes.js";
import { get, patch } from "../testing/world.js";

/** `waiting` has been joined by the consumer's instance alone, `active` by both. */
const rows = [
  ["waiting", "expired", "accepted"],
  ["waiting", "active", "session.not-held"],
  ["active", "expired", "session.not-held"],
] as const;

test.each(rows)("%s, joined by one that is %s: a sibling is answered %s", (state, standing, expected) => {
  const { world, command, now } = sceneIn("session.join", state, "consumer's sibling");
  const holder = get(world, "sides", { session: command.session, side: "consumer" })?.instance as InstanceId;
  patch(world, "instances", { id: holder }, { standing });
  const { verdict } = decide(world, command, now);
  expect(verdict.verdict === "accepted" ? "accepted" : verdict.refusal.code).toBe(expected);
  if (verdict.verdict === "accepted")
    expect(verdict.facts[0]?.content.data).toMatchObject({
      side: "consumer",
      instance: command.caller.principal,
      boundAt: now,
    });
});
