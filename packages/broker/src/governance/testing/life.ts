/**
 * Random lives: steps that name who and what by number, made into commands of whatever is there by then. Many are
 * refused; those that are not move the world on.
 */
import type { EnrolmentTokenId, InstanceId, OperatorId } from "@parley/protocol";
import fc from "fast-check";
import type { Caller, Command, CommandKind } from "../command.js";
import { asked, callerOf, newToken } from "./asked.js";
import * as cast from "./cast.js";
import { apply, type Decided, decide } from "./decide.js";
import { copyOf, type World } from "./world.js";

const ownKinds = ["principal.enrol", "token.grant", "instance.expire"] as const;
const askedKinds = [
  "organisation.suspend",
  "organisation.resume",
  "organisation.revoke",
  "organisation.recover",
  "operator.invite",
  "operator.change",
  "operator.suspend",
  "operator.resume",
  "operator.revoke",
  "agent.create",
  "agent.change",
  "agent.suspend",
  "agent.resume",
  "agent.revoke",
  "enrolment-token.mint",
  "enrolment-token.void",
  "instance.suspend",
  "instance.resume",
  "instance.revoke",
  "key.replace",
  "connection.open",
] as const satisfies readonly CommandKind[];

export interface Step {
  readonly kind: (typeof askedKinds)[number] | (typeof ownKinds)[number] | "broker.start";
  readonly who: number;
  readonly what: number;
  readonly passes: number;
  /** Speaks with a token of before, where one is remembered. */
  readonly stale: boolean;
}

/** Positions in the list of principals: those of the town that may do something. */
const mighty = [0, 1, 2, 3, 6];
const newest = -1;

const stepOf = (kinds: readonly Step["kind"][]): fc.Arbitrary<Step> =>
  fc.record({
    kind: fc.constantFrom(...kinds),
    who: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...mighty, newest) },
      { weight: 2, arbitrary: fc.nat(40) },
    ),
    what: fc.oneof({ weight: 4, arbitrary: fc.nat(12) }, { weight: 1, arbitrary: fc.constant(newest) }),
    passes: fc.constantFrom(
      0,
      0,
      1,
      1_000,
      cast.minute,
      20 * cast.minute,
      cast.hour,
      80 * cast.hour,
      31 * cast.day,
    ),
    stale: fc.constantFrom(false, false, false, true),
  });

/** What takes away and gives back comes more often: that is where it can go wrong. Organisations end seldom. */
const often = askedKinds.filter((kind) => /suspend|resume|change|enrol|key/.test(kind));
export const kindsOfLife = [
  ...askedKinds,
  ...often,
  ...often,
  ...ownKinds,
  ...ownKinds,
  ...ownKinds,
] as const;

const long = { minLength: 1, maxLength: 32, size: "max" } as const;
export const lives = fc.array(stepOf(kindsOfLife), long);
export const livesWithRecoveries = fc.array(stepOf([...kindsOfLife, "broker.start", "broker.start"]), long);

const pick = <T>(from: readonly T[], n: number): T | undefined =>
  n === newest ? from.at(newest) : from[n % Math.max(1, from.length)];

/** One step that was taken, with the world before it. */
export interface Taken {
  readonly step: Step;
  readonly command: Command;
  readonly before: World;
  readonly decided: Decided;
  readonly at: number;
}

export class Life {
  readonly world = cast.town();
  /** Every token that was ever good: the generation that it was bound to, by principal. */
  readonly issued = new Map<string, Set<string>>();
  #now = cast.now;
  #made = 1_000;

  take(step: Step): Taken | undefined {
    this.#now += step.passes;
    this.#made += 1;
    const command = this.#commandOf(step);
    if (command === undefined) return undefined;
    this.#rememberTokens();
    const before = copyOf(this.world);
    const decided = decide(this.world, command, this.#now);
    apply(this.world, decided.verdict, this.#now);
    return { step, command, before, decided, at: this.#now };
  }

  #rememberTokens(): void {
    for (const id of this.principals()) {
      const { generation } = callerOf(this.world, id);
      this.issued.set(id, (this.issued.get(id) ?? new Set()).add(generation));
    }
  }

  principals(): readonly (OperatorId | InstanceId)[] {
    const { operators, instances } = this.world.rows;
    return [...operators.values(), ...instances.values()].map(({ id }) => id);
  }

  #commandOf(step: Step): Command | undefined {
    switch (step.kind) {
      case "principal.enrol":
        return this.#enrol(step);
      case "token.grant":
        return this.#grant(step);
      case "instance.expire": {
        const instance = pick([...this.world.rows.instances.values()], step.what)?.id;
        return instance && { ...this.#own("instance.expire"), instance };
      }
      case "broker.start":
        return {
          ...this.#own("broker.start"),
          platform: { operator: cast.idOf("operator", this.#made), token: this.#token() },
          recover: step.what % 3 === 0 ? "none" : "record",
        };
      default:
        return this.#asked(step, step.kind);
    }
  }

  #own<K extends "principal.enrol" | "token.grant" | "instance.expire" | "broker.start">(
    kind: K,
  ): Command<K> {
    return { kind, ...asked[kind], id: cast.idOf("command", this.#made) } as unknown as Command<K>;
  }

  /** A used key now and then, a token of whatever state. */
  #enrol({ what, who }: Step): Command | undefined {
    const token = pick([...this.world.rows.enrolmentTokens.values()], what);
    const used = pick([...this.world.rows.principalKeys.values()], who)?.thumbprint;
    const thumbprint = who % 7 === 0 && used !== undefined ? used : `key ${this.#made}`;
    const instance = cast.idOf("instance", this.#made);
    return token && { ...this.#own("principal.enrol"), tokenDigest: token.digest, thumbprint, instance };
  }

  #grant({ what, who }: Step): Command | undefined {
    const key = pick([...this.world.rows.principalKeys.values()], what);
    const named = who % 9 === 0 ? pick(this.principals(), who) : key?.principal;
    if (key === undefined || named === undefined) return undefined;
    const alert = cast.idOf("alert", this.#made);
    return { ...this.#own("token.grant"), principal: named, thumbprint: key.thumbprint, alert };
  }

  #token() {
    const id = cast.idOf("enrolmentToken", this.#made);
    return { ...newToken, id, digest: cast.digestOf(id), uses: 1 + (this.#made % 3) };
  }

  #callerOf({ who, stale }: Step): Caller | undefined {
    const newestOperator = [...this.world.rows.operators.keys()].length - 1;
    const principal = pick(this.principals(), who === newest ? newestOperator : who);
    if (principal === undefined) return undefined;
    const old = pick([...(this.issued.get(principal) ?? [])], who);
    return stale && old !== undefined ? { principal, generation: old } : callerOf(this.world, principal);
  }

  #asked(step: Step, kind: (typeof askedKinds)[number]): Command | undefined {
    const caller = this.#callerOf(step);
    if (caller === undefined) return undefined;
    const { rows } = this.world;
    const target = (table: "organisations" | "operators" | "agents" | "instances" | "enrolmentTokens") =>
      pick<{ readonly id: string }>([...rows[table].values()], step.what)?.id ?? "";
    const operator = target("operators");
    const made = this.#made;
    const field = {
      ...(kind.startsWith("organisation.") && { organisation: target("organisations") }),
      ...(kind.startsWith("operator.") && { operator }),
      ...((kind.startsWith("agent.") || kind === "enrolment-token.mint") && { agent: target("agents") }),
      ...(kind.startsWith("instance.") && { instance: target("instances") }),
      ...(kind === "enrolment-token.void" && { token: target("enrolmentTokens") as EnrolmentTokenId }),
      ...(kind === "enrolment-token.mint" && { token: this.#token() }),
    };
    const fresh = freshFields(
      kind,
      made,
      this.#token(),
      step,
      rows.operators.get(JSON.stringify([operator]))?.version,
    );
    const old = [...rows.principalKeys.values()].find(
      (key) => key.principal === caller.principal,
    )?.thumbprint;
    const key = kind === "key.replace" && { old: old ?? "", thumbprint: `key ${made}` };
    return {
      kind,
      ...asked[kind],
      id: cast.idOf("command", made),
      caller,
      ...field,
      ...fresh,
      ...key,
    } as Command;
  }
}

const roles = ["admin", "auditor", "admin", "platform"] as const;

/** What is made up anew for each command of a kind that makes something. */
function freshFields(
  kind: Step["kind"],
  made: number,
  token: typeof newToken,
  { what, who }: Step,
  version: number | undefined,
) {
  const role = roles[Math.abs(what + who) % roles.length] ?? "auditor";
  switch (kind) {
    case "organisation.recover":
      return {
        admin: { operator: cast.idOf("operator", made), name: "a" },
        token,
        alert: cast.idOf("alert", made),
      };
    case "operator.invite":
      return { operator: cast.idOf("operator", made), role, agents: [], token };
    case "operator.change":
      return { role, agents: [], expectedVersion: version ?? 0 };
    case "agent.create":
      return { agent: cast.idOf("agent", made), name: `agent-${made}` };
    case "agent.change":
      return { expectedVersion: 1 };
    case "connection.open":
      return { connection: cast.idOf("connection", made) };
    default:
      return {};
  }
}
