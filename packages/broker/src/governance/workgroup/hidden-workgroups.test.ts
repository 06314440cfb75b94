/**
 * Hidden and absent are one answer of the same questions, for every command on workgroups, invitations and members; and
 * an invitation does not tell whether anybody has the id that is invited.
 */
import { describe, expect, test } from "vitest";
import type { CommandKind } from "../command.js";
import { asked } from "../testing/asked.js";
import { consentOf } from "../testing/asked-workgroups.js";
import * as cast from "../testing/cast.js";
import * as city from "../testing/city.js";
import { decide } from "../testing/decide.js";
import { type Scene, sceneOf, speakAs } from "../testing/scene.js";
import { patch, put, type World } from "../testing/world.js";
import { workgroupRules } from "./workgroup-rules.js";

const { root, ada, auditor, enroller, scout1, miner1, bea, idOf } = cast;
const { channel, den, dora, drift1 } = city;
const callers = { root, ada, auditor, enroller, scout1, miner1, bea, dora, drift1 } as const;
type CallerName = keyof typeof callers;
const names = Object.keys(callers) as readonly CallerName[];

/** Of borealis alone, with an invitation that nobody was told of, and a selector. */
const vault = idOf("workgroup", 90);
const vaultInvitation = idOf("invitation", 90);
const vaultSelector = idOf("selector", 90);

function hide(world: World): void {
  put(world, "workgroups", city.workgroupRow(vault, cast.borealis, "vault"));
  put(world, "participations", city.participationRow(vault, cast.borealis));
  const invitation = city.invitationRow(vaultInvitation, vault, cast.borealis, city.delta);
  put(world, "invitations", invitation);
  put(world, "selectors", {
    id: vaultSelector,
    workgroup: vault,
    organisation: cast.borealis,
    participation: city.participationRow(vault, cast.borealis).since,
    tags: { env: "prod" },
    offer: true,
    engage: true,
    createdAt: cast.now - cast.day,
  });
}

const kinds = (Object.keys(workgroupRules) as readonly (keyof typeof workgroupRules)[]).filter(
  (kind) => "caller" in asked[kind],
);
const onWorkgroup = kinds.filter((kind) => kind !== "workgroup.create");

/** What each does not see. */
const unseen: Readonly<Record<CallerName, readonly string[]>> = {
  root: [channel, den, vault],
  ada: [vault, "borealis/vault", "vault"],
  auditor: [vault],
  enroller: [channel, den, vault, "channel"],
  scout1: [vault, "borealis/vault"],
  miner1: [channel, den, vault, "channel", "borealis/channel", "den"],
  bea: [den, "acme/den", "den"],
  dora: [den, vault, "vault", "acme/den"],
  drift1: [channel, den, vault, "channel"],
};

function ask(kind: CommandKind, fields: object, who: CallerName, tune: (world: World) => void = hide) {
  const scene: Scene = sceneOf(kind);
  tune(scene.world);
  speakAs(scene, callers[who]);
  scene.command = { ...scene.command, ...fields } as Scene["command"];
  return decide(scene.world, scene.command, scene.now);
}

const rows = onWorkgroup.flatMap((kind) => names.map((caller) => ({ kind, caller })));

describe("workgroups that are hidden and that are absent are one answer of the same questions [API-4]", () => {
  test.each(rows)("$kind by $caller", ({ kind, caller }) => {
    const absent = ask(kind, { workgroup: idOf("workgroup", 404) }, caller);
    expect(absent.verdict).toMatchObject({ verdict: "refused", refusal: { code: "not-found" }, sweeps: [] });
    const typed = ["", "/", "nothing", "acme/nothing", "nobody/channel", "__proto__", cast.acme, "%"];
    for (const workgroup of [...unseen[caller], ...typed])
      expect(ask(kind, { workgroup }, caller)).toEqual(absent);
  });

  test.each(rows)("$kind by $caller: whatever is in it, and whatever became of it", ({ kind, caller }) => {
    const absent = ask(kind, { workgroup: idOf("workgroup", 404) }, caller);
    const ids = { invitation: vaultInvitation, selector: vaultSelector };
    const fallen = (world: World) => {
      hide(world);
      patch(world, "workgroups", { id: vault }, { state: "dissolved", takenAt: cast.now - 1 });
    };
    if (!unseen[caller].includes(vault)) return;
    expect(ask(kind, { workgroup: vault, ...ids }, caller)).toEqual(absent);
    expect(ask(kind, { workgroup: vault, ...ids }, caller, fallen)).toEqual(absent);
  });
});

describe("invitations and selectors as well [API-4]", () => {
  const ofInvitations = kinds.filter((kind) => kind.startsWith("invitation."));
  const cells = ofInvitations.flatMap((kind) => names.map((caller) => ({ kind, caller })));

  test.each(cells)("$kind by $caller", ({ kind, caller }) => {
    const nothing = { workgroup: channel, invitation: idOf("invitation", 404) };
    const absent = ask(kind, nothing, caller);
    expect(absent.verdict).toMatchObject({ refusal: { code: "not-found" } });
    // Of another workgroup, and one that its invited organisation was not told of.
    const others = [vaultInvitation, ...(caller === "bea" ? [] : [city.denInvitation])];
    for (const invitation of others)
      expect(ask(kind, { workgroup: channel, invitation }, caller)).toEqual(absent);
  });

  test.each(["dora", "drift1"] as const)(
    "an invitation that %s's organisation was not told of is not there",
    (caller) => {
      const absent = ask(
        "invitation.decline",
        { workgroup: vault, invitation: idOf("invitation", 404) },
        caller,
      );
      const hidden = ask("invitation.decline", { workgroup: vault, invitation: vaultInvitation }, caller);
      expect(hidden).toEqual(absent);
    },
  );

  test.each(names)("a selector of somebody else's, for %s", (caller) => {
    const others =
      caller === "ada" || caller === "auditor" ? [vaultSelector] : [vaultSelector, city.channelSelector];
    const absent = ask("selector.remove", { selector: idOf("selector", 404) }, caller);
    for (const selector of others) expect(ask("selector.remove", { selector }, caller)).toEqual(absent);
  });
});

describe("an invitation does not tell whether an organisation exists [WKG-4]", () => {
  const outsider = idOf("organisation", 91);
  const withOutsider = (world: World) =>
    put(world, "organisations", cast.organisationRow(outsider, "outsider"));
  const told = (value: unknown, id: string) => JSON.stringify(value).replaceAll(id, "org_of_whom");

  test("the same questions, answers and facts, but for the id: inviting", () => {
    const there = ask("workgroup.invite", { organisation: outsider }, "bea", withOutsider);
    const nowhere = ask("workgroup.invite", { organisation: city.delta.replace("3", "9") }, "bea");
    expect(there.verdict.verdict).toBe("accepted");
    expect(told(there, outsider)).toBe(told(nowhere, city.delta.replace("3", "9")));
  });

  test.each(["invitation.consent", "invitation.decline", "invitation.withdraw"] as const)("%s", (kind) => {
    const of = (invitee: typeof outsider) => {
      const scene: Scene = sceneOf(kind);
      if (invitee === outsider) withOutsider(scene.world);
      patch(scene.world, "workgroups", { id: channel }, { admission: "owner" });
      patch(scene.world, "invitations", { id: city.channelInvitation }, { invitee });
      speakAs(scene, bea);
      const statement = consentOf(scene.world, bea, city.channelInvitation);
      scene.command = { ...scene.command, statement } as Scene["command"];
      return decide(scene.world, scene.command, scene.now);
    };
    expect(of(outsider).verdict.verdict).toBe("accepted");
    expect(told(of(outsider), outsider)).toBe(told(of(city.nobody), city.nobody));
  });
});

const ok = "accepted";
const role = "role.missing";
const none = "not-found";
const outside = { root: none, enroller: none, miner1: none, drift1: none } as const;
/** Acme's and its agent's; delta is in the channel too, which borealis owns. */
const forOwner = { ...outside, ada: role, auditor: role, scout1: role, bea: ok, dora: role } as const;
const ofAcme = { ...outside, ada: ok, auditor: role, scout1: role, bea: none, dora: none } as const;
const roles: Readonly<Record<(typeof kinds)[number], Readonly<Record<CallerName, string>>>> = {
  "workgroup.create": {
    ...{ root: role, enroller: role, miner1: role, drift1: role },
    ...{ ada: ok, auditor: role, scout1: role, bea: ok, dora: ok },
  },
  "workgroup.invite": forOwner,
  "workgroup.hand-over": forOwner,
  "workgroup.leave": { ...forOwner, ada: ok, dora: ok, bea: "workgroup.owner-stays" },
  "workgroup.dissolve": forOwner,
  "invitation.consent": { ...forOwner, scout1: none, ada: ok, bea: ok, dora: ok },
  "invitation.decline": { ...forOwner, scout1: none, ada: ok, bea: ok, dora: ok },
  "invitation.withdraw": { ...forOwner, scout1: none },
  "invitation.expire": forOwner,
  "member.add": { ...ofAcme, scout1: none },
  "member.remove": ofAcme,
  "selector.add": { ...ofAcme, bea: ok, dora: ok },
  "selector.remove": { ...ofAcme, scout1: none },
};

describe("everybody against every command on workgroups: 404 before 403 [API-4]", () => {
  const cells = kinds.flatMap((kind) =>
    names.map((caller) => ({ kind, caller, answer: roles[kind][caller] })),
  );

  test.each(cells)("$kind by $caller: $answer", ({ kind, caller, answer }) => {
    const scene: Scene = sceneOf(kind);
    speakAs(scene, callers[caller]);
    const { principal } = (scene.command as { readonly caller: { readonly principal: string } }).caller;
    if (kind === "invitation.consent" && principal.startsWith("opr_")) {
      const statement = consentOf(scene.world, principal as typeof ada, city.channelInvitation);
      scene.command = { ...scene.command, statement } as Scene["command"];
    }
    const { verdict } = decide(scene.world, scene.command, scene.now);
    expect(verdict.verdict === "accepted" ? ok : verdict.refusal.code).toBe(answer);
  });
});
