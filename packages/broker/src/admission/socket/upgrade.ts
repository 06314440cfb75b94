/** What an upgrade must look like to become a socket: one protocol, nothing beside it that could say who speaks. */
import type { IncomingMessage } from "node:http";
import { subprotocol } from "@parley/protocol";

export const connectPath = "/v1/connect";

/** Headers that come exactly once, each with what it must be. */
const expected: readonly (readonly [string, RegExp])[] = [
  ["upgrade", /^websocket$/i],
  ["sec-websocket-version", /^13$/],
  ["sec-websocket-key", /^[A-Za-z0-9+/]{22}==$/],
  ["sec-websocket-protocol", new RegExp(`^${subprotocol.replace(".", "\\.")}$`)],
];

/** A cookie would speak for whoever's browser this is; a body has no meaning here, and two readings. */
const forbidden = ["cookie", "content-length", "transfer-encoding"];

/** [SOC-1] Tokens do not belong into addresses, which are logged: there is no query, not even an empty one. */
export function isProperUpgrade(request: IncomingMessage): boolean {
  const { headersDistinct: headers } = request;
  return (
    request.method === "GET" &&
    request.httpVersion === "1.1" &&
    request.url === connectPath &&
    forbidden.every((name) => headers[name] === undefined) &&
    expected.every(([name, pattern]) => headers[name]?.length === 1 && pattern.test(headers[name][0] ?? ""))
  );
}
