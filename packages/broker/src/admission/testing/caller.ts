/** An instance on its connection: calls, each with the reply to it, and the events that come meanwhile. */
import { type Call, type Event, eventSchema, replySchema, statementTypes } from "@parley/protocol";
import { onTestFinished } from "vitest";
import { Client } from "../socket/testing/edge.js";
import { type Person, sha256 } from "./person.js";

type Said = Call extends infer C ? (C extends Call ? Omit<C, "id"> : never) : never;

export class Caller {
  readonly person: Person;
  readonly client: Client;
  readonly #events: Event[] = [];
  #calls = 0;

  private constructor(person: Person, client: Client) {
    this.person = person;
    this.client = client;
  }

  static async connect(person: Person): Promise<Caller> {
    const client = new Client(person.edge.port);
    onTestFinished(() => client.ws.terminate());
    const token = await person.token();
    const claims = { aud: person.edge.issuer, nonce: await client.challenge(), ath: sha256(token) };
    client.send("hello", { token, proof: await person.signer.state(statementTypes.hello, claims) });
    const { kind } = await client.next();
    if (kind !== "welcome") throw new Error(`not welcomed but ${kind}`);
    return new Caller(person, client);
  }

  /** What it was answered: the result, or the code of the refusal. */
  async call(said: Said): Promise<unknown> {
    this.#calls += 1;
    const id = `call-${this.#calls}`;
    this.client.send("call", { id, ...said });
    while (true) {
      const { kind, body } = await this.client.next();
      if (kind === "event") this.#events.push(eventSchema.parse(body));
      if (kind !== "reply") continue;
      const reply = replySchema.parse(body);
      if (reply.id !== id) throw new Error(`a reply to ${reply.id}, which nobody waits for`);
      return reply.ok ? reply.result : reply.problem.code;
    }
  }

  /** The next event, whatever it is, facts of chains left out. */
  async event(): Promise<Event> {
    while (true) {
      const event = this.#events.shift() ?? eventSchema.parse((await this.client.next()).body);
      if (event.event !== "session.fact") return event;
    }
  }

  /** What has been told and not been taken, a round trip later: nothing, where nothing should be. */
  async nothing(): Promise<readonly string[]> {
    await this.call({ call: "unwatch", watch: "nothing" });
    return this.#events.filter(({ event }) => event !== "session.fact").map(({ event }) => event);
  }
}
