/** The model's steps as commands down the broker's own line. */
import {
  advertisementText,
  charterText,
  completeAdvertisement,
  type InstanceId,
  type InvitationId,
  type OperatorId,
  termsText,
  type WorkgroupId,
} from "@parley/protocol";
import type { Caller, Command, CommandKind, Signed } from "../../governance/command.js";
import { generationOf } from "../../governance/standing.js";
import * as cast from "../../governance/testing/cast.js";
import type { Store } from "../../ledger/store.js";
import type { Outcome, Relay } from "../../relay.js";
import {
  admin,
  agent,
  contract,
  digest,
  group,
  instance,
  organisation,
  root,
  socketOf,
  tagsOf,
  termsFor,
} from "./rows.js";
import { orgOfAgent, type State, type Step } from "./shapes.js";

const { idOf } = cast;
type Asked = Pick<Command<"workgroup.leave">, "id" | "caller" | "target">;
const binding = <P extends OperatorId | InstanceId>(iss: P) => ({ iss, aud: "", iat: 0 });

export class Asking {
  readonly #store: Store;
  readonly #state: State;
  readonly #relay: () => Relay;
  #made = 1_000;

  /** Reads the model's state only for what both know: who is where by number. */
  constructor(store: Store, state: State, relay: () => Relay) {
    this.#store = store;
    this.#state = state;
    this.#relay = relay;
  }

  commandId() {
    this.#made += 1;
    return idOf("command", this.#made);
  }

  async #send<K extends CommandKind>(command: Command<K>): Promise<Outcome<K>> {
    return this.#relay()(command);
  }

  async #asked(who: Caller["principal"]): Promise<Asked> {
    const { found } = await this.#store.read({ found: { find: "principal", by: { id: who } } });
    if (found === undefined) throw new RangeError(`${who} is nobody`);
    this.#made += 1;
    const caller = { principal: who, generation: generationOf(found) };
    return { id: idOf("command", this.#made), caller, target: "" };
  }

  #signed<C>(who: OperatorId | InstanceId, claims: C): Signed<C> {
    const text = JSON.stringify(claims);
    return { text, digest: digest(text), thumbprint: cast.thumbprintOf(who), claims };
  }

  async run(step: Step): Promise<Outcome | "waits"> {
    const principal = step.who.kind === "admin" ? admin(step.who.at) : instance(step.who.at);
    const by = await this.#asked(step.kind === "tenant" ? root : principal);
    switch (step.kind) {
      case "name":
        return this.#name(step, by);
      case "select": {
        const { offer, engage, tag } = step;
        const selector = idOf("selector", this.#made);
        const of = { workgroup: group(step.group), selector, tags: tagsOf([tag]) };
        return this.#send({ kind: "selector.add", ...by, ...of, offer, engage });
      }
      case "unselect":
        return this.#send({
          kind: "selector.remove",
          ...by,
          workgroup: group(step.group),
          selector: await this.#oldest(step.group, step.who.at),
        });
      case "leave":
        return this.#send({ kind: "workgroup.leave", ...by, workgroup: group(step.group) });
      case "dissolve":
        return this.#send({ kind: "workgroup.dissolve", ...by, workgroup: group(step.group) });
      case "enter":
      case "hand-over":
        return this.#enter(step, by);
      case "tag":
        return this.#tag(step, by);
      case "standing":
        return step.of === "agent"
          ? this.#send({ kind: `agent.${step.verb}`, ...by, agent: agent(step.at) })
          : this.#send({ kind: `instance.${step.verb}`, ...by, instance: instance(step.at) });
      case "tenant":
        return this.#send({ kind: `organisation.${step.verb}`, ...by, organisation: organisation(step.org) });
      case "publish":
        return this.#publish(step, by, principal);
      case "retract":
        return this.#send({
          kind: "advertisement.retract",
          ...by,
          agent: agent(step.agent),
          name: "offer",
          socket: null,
        });
      case "propose":
        return this.#propose(step, by, principal);
      case "session":
        return this.#deal(step, by, principal);
      default:
        throw new TypeError(`no such step: ${JSON.stringify(step satisfies never)}`);
    }
  }

  #name(step: Extract<Step, { kind: "name" }>, by: Asked): Promise<Outcome> {
    const of = { ...by, workgroup: group(step.group), agent: agent(step.agent) };
    const { offer, engage } = step;
    return offer || engage
      ? this.#send({ kind: "member.add", ...of, offer, engage })
      : this.#send({ kind: "member.remove", ...of });
  }

  async #tag(step: Extract<Step, { kind: "tag" }>, by: Asked): Promise<Outcome> {
    const { found } = await this.#store.read({
      found: {
        find: "agent",
        by: { organisation: organisation(orgOfAgent(step.agent)), id: agent(step.agent) },
      },
    });
    const change = { tags: tagsOf(step.tags), expectedVersion: found?.version ?? 0 };
    return this.#send({ kind: "agent.change", ...by, agent: agent(step.agent), ...change });
  }

  async #oldest(at: number, org: number): Promise<string> {
    const { page } = await this.#store.read({
      page: {
        find: "selectorsPage",
        by: { workgroup: group(at), organisation: organisation(org), after: null, limit: 1 },
      },
    });
    return page[0]?.id ?? "sel_none";
  }

  /**
   * The owner invites: everybody in consents, and the newcomer last; or it alone, and who takes over. Whoever cannot speak
   * keeps it waiting: withdrawn.
   */
  async #enter(
    { kind, group: at, org }: Extract<Step, { kind: "enter" | "hand-over" }>,
    by: Asked,
  ): Promise<Outcome | "waits"> {
    const invitation = idOf("invitation", this.#made);
    const workgroup = group(at);
    const held = this.#state.groups[at];
    const inside = kind === "enter" ? [...(held?.inside ?? [])] : [held?.owner ?? 0];
    const named = { workgroup, invitation, organisation: organisation(org) };
    let last: Outcome =
      kind === "enter"
        ? await this.#send({ kind: "workgroup.invite", ...by, ...named, introduction: "" })
        : await this.#send({ kind: "workgroup.hand-over", ...by, ...named });
    if (last.outcome === "refused") return last;
    for (const one of [...inside, org]) {
      last = await this.#consent(workgroup, invitation, one);
      if (last.outcome === "accepted") continue;
      await this.#send({ kind: "invitation.withdraw", ...by, workgroup, invitation });
      return last.refusal.code.startsWith("identity.") ? "waits" : last;
    }
    return last;
  }

  async #consent(workgroup: WorkgroupId, invitation: InvitationId, org: number): Promise<Outcome> {
    const { found, people } = await this.#store.read({
      found: { find: "invitationDue", by: { id: invitation } },
      people: { find: "participants", by: { workgroup } },
    });
    if (found === undefined) throw new RangeError("the invitation is gone");
    const organisations = people.map(({ organisation: { id, name } }) => ({ id, name }));
    const { id, invitee, as, introduction } = found.invitation;
    const asked = { id, organisation: invitee, as, introduction };
    const text = charterText({ workgroup: found.workgroup, organisations, invitation: asked });
    const what = { invitation, workgroup, organisation: organisation(org), digest: digest(text) };
    const statement = this.#signed(admin(org), { ...binding(admin(org)), ...what });
    const by = await this.#asked(admin(org));
    return this.#send({ kind: "invitation.consent", ...by, workgroup, invitation, statement });
  }

  #publish(step: Extract<Step, { kind: "publish" }>, by: Asked, principal: OperatorId | InstanceId) {
    const id = agent(step.agent);
    const termsDigest = digest(termsText(termsFor(step.acceptance, step.tag)));
    const named = { id: contract(step.agent), termsDigest };
    const content = completeAdvertisement({
      agent: id,
      name: "offer",
      capabilities: [{ name: "it" }],
      workgroups: step.groups.map(group),
      contract: named,
    });
    const signedDigest = digest(advertisementText(content));
    const what = { agent: id, name: "offer", contract: named.id, termsDigest, digest: signedDigest };
    const statement = this.#signed(principal, { ...binding(principal), ...what });
    const published = { advertisement: idOf("advertisement", step.agent + 1), content, digest: signedDigest };
    const said = { agent: id, name: "offer", ...published, statement, expectedVersion: null, socket: null };
    return this.#send({ kind: "advertisement.publish", ...by, ...said });
  }

  #propose(step: Extract<Step, { kind: "propose" }>, by: Asked, principal: OperatorId | InstanceId) {
    const offer = this.#state.offers[step.offer];
    const terms = offer && !step.stale ? digest(termsText(termsFor(offer.acceptance, offer.tag))) : "stale";
    const what = {
      proposal: idOf("proposal", this.#made),
      advertisement: idOf("advertisement", (offer?.agent ?? 900) + 1),
      workgroup: group(step.group),
      capability: "it",
      termsDigest: terms,
    };
    const statement = this.#signed(principal, { ...binding(principal), ...what });
    const session = idOf("session", this.#state.sessions.length + 1);
    return this.#send({ kind: "session.propose", ...by, session, statement, socket: null });
  }

  async #deal(step: Extract<Step, { kind: "session" }>, by: Asked, principal: OperatorId | InstanceId) {
    const session = idOf("session", step.session + 1);
    switch (step.verb) {
      case "accept": {
        const { found } = await this.#store.read({ found: { find: "sessionDue", by: { id: session } } });
        const what = { session, proposal: found?.session.proposalDigest ?? "" };
        const statement = this.#signed(principal, { ...binding(principal), ...what });
        return this.#send({ kind: "session.accept", ...by, session, statement, socket: null });
      }
      case "join":
        return this.#send({
          kind: "session.join",
          ...by,
          session,
          cursor: null,
          socket: socketOf(step.who.at),
        });
      case "withdraw":
        return this.#send({ kind: "session.withdraw", ...by, session, socket: null });
      default:
        return step.verb === "reject"
          ? this.#send({ kind: "session.reject", ...by, session, detail: null, socket: null })
          : this.#send({ kind: "session.close", ...by, session, detail: null, socket: null });
    }
  }
}
