/** Stands between clients and broker and says everything twice that carries envelopes or acknowledges them. */
import type { AddressInfo } from "node:net";
import WebSocket, { WebSocketServer } from "ws";

const carried = [0x20, 0x23];

export interface TwiceProxy {
  readonly url: string;
  /** How many messages went out a second time. */
  readonly repeated: () => number;
  close(): void;
}

export async function openTwiceProxy(broker: string): Promise<TwiceProxy> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
  let repeated = 0;
  server.on("connection", (client) => {
    const upstream = new WebSocket(`${broker.replace(/^http/, "ws")}/v1/connect`, "parley.v1", {
      perMessageDeflate: false,
    });
    upstream.on("message", (message: Buffer) => client.send(message));
    client.on("message", (message: Buffer) => {
      upstream.send(message);
      if (!carried.includes(message.readUInt8(1))) return;
      upstream.send(message);
      repeated += 1;
    });
    // Whoever goes, the other goes too.
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on("error", () => other.terminate());
      one.on("close", () => other.terminate());
    }
  });
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    for (const client of server.clients) client.terminate();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}`, repeated: () => repeated, close };
}
