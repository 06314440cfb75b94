import { problemOf, type RefusalCode, refusals } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { BrokerClient } from "./broker-client.js";
import type { Fetch } from "./exchange.js";
import { eventsIn, type ServerEvent } from "./server-events.js";
import { enrolled, world } from "./testing/world.js";

async function* pieces(...texts: readonly string[]): AsyncGenerator<string> {
  yield* texts;
}

async function all(events: AsyncIterable<ServerEvent>): Promise<readonly ServerEvent[]> {
  const found: ServerEvent[] = [];
  for await (const event of events) found.push(event);
  return found;
}

const stream = 'retry: 1000\n\nid: a\ndata: {"n":1}\n\n: still here\nid: b\n\n: here\n\ndata: x\n\nid: c\nda';
const expected = [
  { id: "a", data: '{"n":1}' },
  { id: "b", data: undefined },
  { id: "b", data: "x" },
];

describe("server-sent events", () => {
  test("are what they say, however they are cut; what is not whole is none", async () => {
    expect(await all(eventsIn(pieces(stream)))).toEqual(expected);
    expect(await all(eventsIn(pieces(...stream)))).toEqual(expected);
  });
});

describe("a client that listens", () => {
  /** The broker in memory for everything else; the stream as it is given. */
  async function listening(answer: (init: RequestInit) => Response) {
    const there = await world();
    const identity = await enrolled(there);
    const asked: Headers[] = [];
    const fetching: Fetch = async (url, init) => {
      if (new URL(url).pathname !== "/v1/audit/stream") return fetch(url, init);
      asked.push(new Headers(init.headers));
      return answer(init);
    };
    const client = new BrokerClient({ identity, clock: there.clock, fetch: fetching });
    return { there, client, asked };
  }

  test("is told the events after the one that it names, with a token and a proof", async () => {
    const { client, asked } = await listening(() => new Response(stream));
    expect(await all(client.events({ path: "/v1/audit/stream", query: { kind: "k" }, after: "z" }))).toEqual(
      expected,
    );
    const [headers] = asked;
    expect(headers?.get("last-event-id")).toBe("z");
    expect(headers?.get("accept")).toBe("text/event-stream");
    expect([headers?.get("authorization")?.slice(0, 5), headers?.has("dpop")]).toEqual(["DPoP ", true]);
  });

  test("takes up a new nonce with one more try, and is told why it may not", async () => {
    let asked = 0;
    const refusing = (code: RefusalCode) =>
      Response.json(problemOf({ code }), { status: refusals[code].status });
    const { client } = await listening(() => refusing(++asked === 1 ? "access.nonce" : "role.missing"));
    await expect(all(client.events({ path: "/v1/audit/stream" }))).rejects.toMatchObject({
      code: "role.missing",
    });
    expect(asked).toBe(2);
  });

  test("is told when the stream breaks off, and lets go of one that it leaves", async () => {
    const broken = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode("id: a\ndata: 1\n\n")),
      pull: () => {
        throw new TypeError("terminated");
      },
    });
    const { client } = await listening(() => new Response(broken));
    await expect(all(client.events({ path: "/v1/audit/stream" }))).rejects.toMatchObject({ retry: "later" });
    let signal: AbortSignal | null | undefined;
    const endless = await listening((init) => {
      signal = init.signal;
      return new Response(new ReadableStream({ pull: (to) => to.enqueue(new TextEncoder().encode(stream)) }));
    });
    for await (const { id } of endless.client.events({ path: "/v1/audit/stream" })) if (id === "b") break;
    expect(signal?.aborted).toBe(true);
  });
});
