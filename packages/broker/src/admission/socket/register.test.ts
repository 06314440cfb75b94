import { closeCodes } from "@parley/protocol";
import { afterEach, describe, expect, test } from "vitest";
import { Edge } from "./testing/edge.js";

let edge: Edge;
const open = async (...args: Parameters<typeof Edge.open>): Promise<Edge> => {
  edge = await Edge.open(...args);
  return edge;
};
afterEach(() => edge.close());

const ending = (reason: keyof typeof closeCodes) => ({
  code: closeCodes[reason].code,
  says: closeCodes[reason].says,
});

describe("a socket", () => {
  test("is challenged first, and welcomed after its hello [SOC-3]", async () => {
    const { decided, tokens, connections } = await open();
    const speaker = await tokens.speaker();
    const client = edge.client();
    const nonce = await client.hello(speaker);
    expect(Buffer.from(nonce, "base64url")).toHaveLength(32);
    const { kind, body } = await client.next();
    const [command] = decided.asked;
    expect(kind).toBe("welcome");
    expect(body).toMatchObject({ principal: speaker.principal, ...decided.home, epoch: 1, era: 1 });
    expect(command).toMatchObject({
      kind: "connection.open",
      caller: { principal: speaker.principal, generation: "0.0.0" },
    });
    expect(connections.count).toBe(1);
    expect(edge.sockets.unauthenticated).toBe(0);
  });

  test("says goodbye with 1000, and the line is told", async () => {
    const { decided } = await open();
    const { client, speaker } = await edge.welcomed();
    client.ws.close(1000);
    expect((await client.closed).code).toBe(1000);
    await edge.connections.closeAll("goingAway");
    await edge.sockets.settled();
    expect(decided.asked.at(-1)).toMatchObject({
      kind: "connection.close",
      instance: speaker.principal,
      epoch: 1,
    });
  });

  test("that does not read is gone within a second of being cut [SOC-10]", async () => {
    const { decided, connections } = await open();
    const { client } = await edge.welcomed();
    client.ws.pause();
    const cut = await connections.cut([{ scope: "agent", id: decided.home.agent, reason: "revoked" }]);
    expect(cut).toEqual({ sockets: 1, surviving: [] });
    client.ws.resume();
    expect(await client.closed).toEqual(ending("revoked"));
  });
});
