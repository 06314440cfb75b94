/** HTTP as a test needs it: a real connection for each request, headers as they were sent, or raw bytes. */
import { type OutgoingHttpHeaders, request } from "node:http";
import { connect } from "node:net";

export interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  /** An object goes as JSON; text and bytes go as they are. */
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Names and values as they came, in their order. */
  readonly rawHeaders: readonly string[];
  readonly text: string;
  /** What the JSON says; an empty object where there is none. */
  readonly body: Readonly<Record<string, unknown>>;
}

const bytesOf = (body: unknown): string | Uint8Array | undefined =>
  body === undefined || typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);

export function send(port: number, { method = "GET", path, headers = {}, body }: Sent): Promise<Answer> {
  const bytes = bytesOf(body);
  const type = bytes === undefined || bytes === body ? {} : { "content-type": "application/json" };
  const isChunked = bytes === undefined || headers["transfer-encoding"] !== undefined;
  const length = isChunked ? {} : { "content-length": Buffer.byteLength(bytes) };
  return new Promise((resolve, reject) => {
    const asked = request({
      host: "127.0.0.1",
      port,
      method,
      path,
      agent: false,
      headers: { ...type, ...length, ...headers },
    });
    asked.on("error", reject);
    asked.on("response", (response) => {
      const chunks: Buffer[] = [];
      // What goes on and on is answered by how it begins.
      const goesOn = /event-stream/.test(response.headers["content-type"] ?? "");
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        if (goesOn) response.destroy();
      });
      response.on("error", reject);
      response.on(goesOn ? "close" : "end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        const single = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(single),
          rawHeaders: response.rawHeaders,
          text,
          body: /json/.test(response.headers["content-type"] ?? "") && text !== "" ? JSON.parse(text) : {},
        });
      });
    });
    asked.end(bytes);
  });
}

/** Writes these bytes, and answers all that comes back until the other side ends or `until` has been seen. */
export function speak(port: number, bytes: string, until?: RegExp): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes, "latin1"));
    let heard = "";
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      heard += chunk;
      if (until?.test(heard)) socket.destroy();
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => resolve(heard));
  });
}
