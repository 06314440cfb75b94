import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import type { Command } from "./command.js";
import { newToken } from "./testing/asked.js";
import { ada, auditor, bea, day, idOf, now, scout } from "./testing/cast.js";
import { settle } from "./testing/decide.js";
import { amend, type Scene, sceneOf, speakAs } from "./testing/scene.js";
import { get, patch } from "./testing/world.js";

type Kind =
  | "organisation.create"
  | "organisation.recover"
  | "operator.invite"
  | "agent.create"
  | "enrolment-token.mint";
const kinds: readonly Kind[] = [
  "organisation.create",
  "organisation.recover",
  "operator.invite",
  "agent.create",
  "enrolment-token.mint",
];

const idempotency = { key: "k-1", digest: "of-this" } as const;
const withKey = (kind: Kind): Scene<Kind> => {
  const scene = sceneOf(kind) as Scene<Kind>;
  amend(scene, { idempotency });
  return scene;
};

/** The same request made again: everything that admission makes up is new. */
function again(command: Command<Kind>): Command<Kind> {
  const fresh = {
    ...command,
    id: idOf("command", 2),
    token: { ...newToken, id: idOf("enrolmentToken", 600), digest: "digest-of-second" },
    organisation:
      command.kind === "organisation.create"
        ? idOf("organisation", 600)
        : Reflect.get(command, "organisation"),
    operator: idOf("operator", 600),
    admin: { operator: idOf("operator", 600), name: "first-admin" },
    agent: command.kind === "agent.create" ? idOf("agent", 600) : Reflect.get(command, "agent"),
    alert: idOf("alert", 600),
  };
  return fresh as unknown as Command<Kind>;
}

describe("the Idempotency-Key of what creates: the principal's own, 24 h [API-6]", () => {
  test.each(kinds)("%s again with the same key is answered with what was made, and makes nothing", (kind) => {
    const { world, command } = withKey(kind);
    const first = settle(world, command, now);
    const repeated = settle(world, again(command), now + limits.idempotencySeconds * 1_000 - 1);
    expect(first).toMatchObject({ verdict: "accepted", answer: { repeated: false } });
    const answer = { ...(first as { readonly answer: object }).answer, repeated: true };
    expect(repeated).toEqual({
      verdict: "accepted",
      answer,
      facts: [],
      work: [],
      payloads: [],
      cuts: [],
      sweeps: [],
    });
  });

  test.each(kinds)("%s: the same key with another request is refused", (kind) => {
    const { world, command } = withKey(kind);
    settle(world, command, now);
    const other = { ...again(command), idempotency: { ...idempotency, digest: "of-another" } };
    expect(settle(world, other, now + day - 1)).toMatchObject({ refusal: { code: "idempotency.reused" } });
  });

  test.each(kinds)("%s: after 24 hours the key is free, for the same and for another request", (kind) => {
    for (const digest of ["of-this", "of-another"]) {
      const { world, command } = withKey(kind);
      settle(world, command, now);
      const later = {
        ...again(command),
        name: "later",
        idempotency: { ...idempotency, digest },
      } as Command<Kind>;
      const verdict = settle(world, later, now + day);
      // What it asks for may be refused on its own account; it is not the key that refuses, nor answered from memory.
      expect(verdict).not.toMatchObject({ refusal: { code: "idempotency.reused" } });
      expect(verdict).not.toMatchObject({ answer: { repeated: true } });
    }
  });

  test.each(kinds)("%s without a key is remembered by nobody", (kind) => {
    const { world, command } = sceneOf(kind);
    settle(world, command, now);
    expect(world.rows.priors.size).toBe(0);
  });

  test("another principal's key is its own", () => {
    const { world, command } = withKey("agent.create");
    settle(world, command, now);
    const other = { ...sceneOf("agent.create"), command: again(command) } as Scene;
    speakAs(other, bea);
    expect(settle(world, other.command as Command<"agent.create">, now)).toMatchObject({
      answer: { repeated: false },
    });
  });

  test("who has lost the role is refused before anything is remembered", () => {
    const { world, command } = withKey("agent.create");
    settle(world, command, now);
    patch(world, "operators", { id: ada }, { role: "auditor" });
    expect(settle(world, again(command), now)).toMatchObject({ refusal: { code: "role.missing" } });
  });

  test("a key used for one kind of creation is reused by another", () => {
    const { world, command } = withKey("agent.create");
    settle(world, command, now);
    const mint = withKey("enrolment-token.mint");
    amend(mint, { idempotency: { ...idempotency, digest: "of-the-minting" } });
    expect(settle(world, mint.command, now)).toMatchObject({ refusal: { code: "idempotency.reused" } });
  });

  test("a refused creation leaves the key free", () => {
    const { world, command } = withKey("agent.create");
    expect(settle(world, { ...command, name: "scout" } as Command<Kind>, now).verdict).toBe("refused");
    expect(settle(world, command, now)).toMatchObject({ answer: { repeated: false } });
  });

  test("the repeat answers as it is now: a token that was voided meanwhile is shown voided", () => {
    const { world, command } = withKey("enrolment-token.mint");
    settle(world, command, now);
    const voiding = sceneOf("enrolment-token.void");
    amend(voiding, { token: newToken.id });
    settle(world, voiding.command, now + 5);
    expect(settle(world, again(command), now + 6)).toMatchObject({
      answer: { repeated: true, token: { voidedAt: now + 5 } },
    });
    expect(get(world, "agents", { id: scout })?.standing).toBe("active");
  });

  test("the kept key stands in the fact of what was made, once", () => {
    const { world, command } = withKey("organisation.create");
    const { facts } = settle(world, command, now);
    const keyed = facts.filter(({ content }) => content.idempotency !== undefined);
    expect(keyed).toMatchObject([{ kind: "enrolment-token.minted", content: { idempotency } }]);
    expect([...world.rows.priors.values()]).toMatchObject([{ principal: idOf("operator", 1), key: "k-1" }]);
  });

  test("an auditor's key is of no use to an admin", () => {
    const { world, command } = withKey("agent.create");
    const scene = { world, command, now } as Scene;
    speakAs(scene, auditor);
    expect(settle(world, scene.command as Command<"agent.create">, now).verdict).toBe("refused");
    expect(settle(world, command, now)).toMatchObject({ answer: { repeated: false } });
  });
});
