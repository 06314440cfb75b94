/** A line whose decisions are the test's: it accepts unless told otherwise, and remembers what it was asked. */
import { type AgentId, type InstanceId, makeId, type OrganisationId, type Refusal } from "@parley/protocol";
import type { Command, CommandKind } from "../../../governance/command.js";
import type { Principal } from "../../../governance/question.js";
import type { Outcome, Relay } from "../../../relay.js";

export interface Home {
  readonly agent: AgentId;
  readonly organisation: OrganisationId;
}

export class Decided {
  readonly asked: Command[] = [];
  readonly home: Home = { agent: makeId("agent"), organisation: makeId("organisation") };
  /** What the next commands are answered, by kind; taken off as they are used. */
  readonly refusals = new Map<CommandKind, Refusal[]>();
  /** What the socket's own commands are not, and is accepted: its answer. */
  answers: (command: Command) => unknown = ({ kind }) => {
    throw new TypeError(`the socket does not ask for ${kind}`);
  };
  /** Waited for before a command is answered. */
  hold: (command: Command) => Promise<void> = () => Promise.resolve();
  #epoch = 0;

  readonly relay: Relay = async <K extends CommandKind>(asked: Command<K>) => {
    const command = asked as Command;
    this.asked.push(command);
    const refusal = this.refusals.get(command.kind)?.shift();
    const epoch = command.kind === "connection.open" ? ++this.#epoch : this.#epoch;
    await this.hold(command);
    if (refusal !== undefined) return { outcome: "refused", refusal, at: 0 };
    const answer = this.#answer(command, epoch);
    return {
      outcome: "accepted",
      answer,
      cut: { sockets: 0, sessions: 0, surviving: [] },
      at: 0,
      facts: [],
    } as unknown as Outcome<K>;
  };

  kinds(): CommandKind[] {
    return this.asked.map(({ kind }) => kind);
  }

  refuse(kind: CommandKind, refusal: Refusal): void {
    this.refusals.set(kind, [...(this.refusals.get(kind) ?? []), refusal]);
  }

  #answer(command: Command, epoch: number): unknown {
    switch (command.kind) {
      case "connection.open":
        return { principal: this.#principal(command.caller.principal as InstanceId), epoch, era: 1 };
      case "connection.renew":
        return { epoch: command.epoch };
      case "connection.close":
        return { closed: true };
      default:
        return this.answers(command);
    }
  }

  #principal(id: InstanceId): Principal {
    const { agent, organisation } = this.home;
    const instance = { id, agent, organisation, standing: "active", generation: 0 };
    return {
      kind: "instance",
      instance,
      agent: { id: agent },
      organisation: { id: organisation },
    } as Principal;
  }
}
