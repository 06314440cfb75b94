/** What a fake broker has been asked, and how it says no. */
import type { IncomingMessage } from "node:http";
import type { PublicKey, RefusalCode } from "@parley/protocol";
import { decodeProtectedHeader } from "jose";

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}
export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
export type Route = (seen: Seen) => Reply | "hang up";

export class Refused extends Error {
  readonly code: RefusalCode;
  constructor(code: RefusalCode, why: string) {
    super(why);
    this.code = code;
  }
}

export function must(holds: boolean, code: RefusalCode, why: string): asserts holds {
  if (!holds) throw new Refused(code, why);
}

export async function readSeen(request: IncomingMessage): Promise<Seen> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const [path = "", query = ""] = (request.url ?? "").split("?");
  const { method = "", headers } = request;
  return { method, path, query, headers, body: Buffer.concat(chunks).toString("utf8") };
}

/** The key that a statement says it is signed with. */
export const keyIn = (jws: string): PublicKey => decodeProtectedHeader(jws).jwk as PublicKey;
