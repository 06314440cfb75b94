/** Workgroups are made by an organisation, which owns them and is alone in them at first. */
import type { Refusal } from "@parley/protocol";
import { askCaller, type CallerState, callerStands, homeOf, isAdmin, partyOf } from "../caller.js";
import type { Command } from "../command.js";
import type { Millis, Prior } from "../entities.js";
import { happened, workgroupStream } from "../fact.js";
import { noWorkgroup } from "../nobody.js";
import { find } from "../question.js";
import { askPrior, isRemembered, keyFits, keyOf } from "../repeat.js";
import { ask, rule, sure } from "../rule.js";
import { accept, no, refuse } from "../verdict.js";
import { workgroupsLeft } from "./consent.js";
import { type Inside, workgroupRecord } from "./invitation-record.js";
import { seekerOf } from "./workgroup-address.js";
import type { Participation, Workgroup } from "./workgroup-entities.js";

interface CreateState extends CallerState {
  readonly prior: Prior | undefined;
  readonly made: readonly Workgroup[];
  readonly owned: Workgroup | undefined;
  readonly count: number;
  readonly inside: Inside;
}

function workgroupNameIsFree({ owned }: { readonly owned: Workgroup | undefined }): Refusal | undefined {
  return owned === undefined ? undefined : no("workgroup.name-taken");
}

export const createWorkgroup = rule<"workgroup.create", CreateState>({
  *gather(command) {
    const first = yield* ask({ ...askCaller(command), prior: askPrior(command) });
    const organisation = homeOf(first.caller);
    const address = { id: first.prior?.subject ?? "", owner: null, name: null };
    const rest = yield* ask({
      made: find("workgroupsAddressed", { ...seekerOf(first.caller), address }),
      owned: find("workgroupOwned", { organisation, name: command.name }),
      count: find("participationCount", { organisation }),
    });
    const { inside } = yield* ask({
      inside: find("participants", { workgroup: rest.made[0]?.id ?? noWorkgroup }),
    });
    return { ...first, ...rest, inside, party: partyOf(first.caller) };
  },
  who: [callerStands, isAdmin, keyFits],
  repeat({ prior, made: [made], inside }, _command, now) {
    if (!isRemembered(prior, now)) return undefined;
    // What it made is not to be seen any more: it has been handed over and left.
    if (made === undefined) return refuse(no("not-found"));
    return accept({ repeated: true, record: workgroupRecord(made, inside) });
  },
  what: [workgroupNameIsFree, workgroupsLeft],
  settle: (state, command, now) => create(state, command, now),
});

function create({ caller }: CreateState, command: Command<"workgroup.create">, now: Millis) {
  const owner = sure(caller?.organisation);
  const { workgroup: id, name, purpose, rules, admission } = command;
  const workgroup: Workgroup = {
    id,
    owner: owner.id,
    name,
    purpose,
    rules,
    admission,
    state: "active",
    createdAt: now,
    takenAt: 0,
  };
  const participation: Participation = {
    workgroup: id,
    organisation: owner.id,
    state: "in",
    since: now,
    takenAt: 0,
  };
  const told = { actor: command.caller.principal, cause: command.id, ...keyOf(command), subject: id };
  return accept(
    { repeated: false, record: workgroupRecord(workgroup, [{ participation, organisation: owner }]) },
    { facts: [happened(workgroupStream(id), "workgroup.created", told, { workgroup, participation })] },
  );
}
