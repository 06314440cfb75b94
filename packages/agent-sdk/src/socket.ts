/**
 * A WebSocket as the connection needs it: binary messages in and out, one end. The platform's own where there is one,
 * `ws` where there is none (Node before 22), loaded only then.
 */
import { limits, subprotocol } from "@parley/protocol";

/** What a socket tells of. */
export interface SocketHandlers {
  /** One message came in. */
  message(bytes: Uint8Array): void;
  /** Exactly once, whatever happened; 1006 when the other end did not say. */
  ended(code: number, detail: string): void;
}

/** A connection, as an agent uses it. */
export interface Socket {
  /** One message goes out. */
  send(bytes: Uint8Array): void;
  /** Says goodbye with this code, and waits for the other end's. */
  close(code: number): void;
  /** Lets go without waiting. */
  drop(): void;
}

/** Opens a connection to the broker; rejects when there is none to be had. */
export type OpenSocket = (url: string, handlers: SocketHandlers) => Promise<Socket>;

/** What the platform's WebSocket and `ws` have in common. */
interface AnySocket {
  binaryType: string;
  readonly readyState: number;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onerror: ((event: { readonly message?: string }) => void) | null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null;
  send(bytes: Uint8Array): void;
  close(code?: number): void;
  terminate?(): void;
}

const open = 1;

export const openSocket: OpenSocket = async (url, handlers) => {
  const socket = await make(url);
  let detail = "";
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => {
    if (data instanceof ArrayBuffer) handlers.message(new Uint8Array(data));
    else socket.close(4400);
  };
  socket.onerror = ({ message }) => {
    detail = message ?? "";
  };
  socket.onclose = ({ code, reason }) => handlers.ended(code, reason || detail);
  return {
    send: (bytes) => {
      if (socket.readyState === open) socket.send(bytes);
    },
    close: (code) => socket.close(code),
    drop: () => (socket.terminate === undefined ? socket.close() : socket.terminate()),
  };
};

async function make(url: string): Promise<AnySocket> {
  if (typeof globalThis.WebSocket === "function") {
    return new globalThis.WebSocket(url, subprotocol) as unknown as AnySocket;
  }
  const { WebSocket } = await import("ws");
  const options = { perMessageDeflate: false, maxPayload: limits.messageBytesMax, followRedirects: false };
  return new WebSocket(url, subprotocol, options) as unknown as AnySocket;
}

/** The address of the socket beside the issuer. */
export const socketAddress = (issuer: string): string => `${issuer.replace(/^http/, "ws")}/v1/connect`;
