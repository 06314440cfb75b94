/** An instance on its connection, as the line knows it: it joins, sends and closes without a socket. */
import { hash } from "node:crypto";
import { type EnvelopeId, type InstanceId, makeId, type SessionView } from "@parley/protocol";
import type { Command, CommandKind } from "../../governance/command.js";
import type { OnSocket } from "../../governance/engagement-commands.js";
import type { Taken } from "../../governance/session/envelope-entities.js";
import type { Outcome } from "../../relay.js";
import type { Person } from "./person.js";

type Said<K extends CommandKind> = Omit<Command<K>, "kind" | "id" | "caller" | "target">;

export interface Saying {
  readonly type?: string;
  readonly payload?: string;
  /** Beside what each header says. */
  readonly header?: Readonly<Record<string, string>>;
}

export class Talker {
  readonly person: Person;
  readonly #caller: { readonly principal: InstanceId; readonly generation: string };
  readonly #socket: OnSocket;

  private constructor(person: Person, caller: { principal: InstanceId; generation: string }, on: OnSocket) {
    this.person = person;
    this.#caller = caller;
    this.#socket = on;
  }

  static async connect(person: Person): Promise<Talker> {
    const { relay } = person.edge;
    const principal = person.id as InstanceId;
    const { thumbprint } = person.signer;
    const ids = { id: makeId("command"), alert: makeId("alert") };
    const granted = answerOf(await relay({ kind: "token.grant", ...ids, principal, thumbprint }));
    const caller = { principal, generation: granted.generation };
    const connection = makeId("connection");
    const asked = { id: makeId("command"), caller, target: "" };
    const { epoch } = answerOf(await relay({ kind: "connection.open", ...asked, connection }));
    return new Talker(person, caller, { connection, epoch });
  }

  join({ id: session }: Pick<SessionView, "id">) {
    return this.#done("session.join", { session, cursor: null, socket: this.#socket });
  }

  close({ id: session }: Pick<SessionView, "id">, detail: string | null = null) {
    return this.#done("session.close", { session, detail, socket: this.#socket });
  }

  /** All in one command: what is accepted of it is one segment. */
  async send(
    { id: session }: Pick<SessionView, "id">,
    ...said: readonly Saying[]
  ): Promise<readonly Taken[]> {
    const payloads = said.map(({ payload = "{}" }) => Buffer.from(payload));
    const envelopes = said.map(({ type = "markets.quote", header: more }, at) => {
      const id = makeId("envelope") as EnvelopeId;
      const header = JSON.stringify({ session, id, type, ...more });
      const bytes = payloads[at] ?? Buffer.alloc(0);
      const sizes = { payloadBytes: bytes.length, bytes: Buffer.byteLength(header) + bytes.length };
      return { session, id, type, header, payload: hash("sha256", bytes, "base64url"), ...sizes };
    });
    return (await this.#done("envelopes.send", { envelopes, socket: this.#socket }, payloads)).taken;
  }

  async #done<K extends CommandKind>(kind: K, said: Said<K>, carried: readonly Uint8Array[] = []) {
    const command = { kind, id: makeId("command"), caller: this.#caller, target: "", ...said };
    return answerOf(await this.person.edge.relay(command as unknown as Command<K>, carried));
  }
}

function answerOf<K extends CommandKind>(done: Outcome<K>) {
  if (done.outcome === "accepted") return done.answer;
  throw new Error(`refused: ${JSON.stringify(done.refusal)}`);
}
