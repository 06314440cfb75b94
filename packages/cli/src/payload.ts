/** What is sent in an envelope, as a person says it: JSON or text on the command line, a file, or standard input. */
import { readFileSync } from "node:fs";
import type { EnvelopeHeader } from "@parley/protocol";
import { Complaint } from "./complaint.js";
import { exitCodes } from "./exit-codes.js";
import type { Terminal } from "./terminal.js";

export interface PayloadOptions {
  readonly payload?: string;
  readonly text?: string;
  readonly file?: string;
  readonly contentType?: string;
}

export interface Payload {
  readonly bytes: Uint8Array;
  readonly contentType: NonNullable<EnvelopeHeader["contentType"]> | undefined;
}

/**
 * Everywhere `--json` alone asks for an answer in JSON; in `session send`, before what is no option, it is what is sent.
 * Both can be said, each by itself.
 */
export function payloadSaid(args: readonly string[]): readonly string[] {
  const send = args.findIndex((word, at) => word === "send" && args[at - 1] === "session");
  if (send < 0) return args;
  const isValue = (word: string | undefined) => word !== undefined && !/^(?:--|-[A-Za-z])/.test(word);
  return args.map((word, at) =>
    at > send && word === "--json" && isValue(args[at + 1]) ? "--payload" : word,
  );
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

export async function payloadOf(terminal: Terminal, options: PayloadOptions): Promise<Payload> {
  const { payload, text, file, contentType } = options;
  if ([payload, text, file].filter((said) => said !== undefined).length > 1)
    throw new Complaint("--json, --text and --file each say what is sent: give one of them", exitCodes.usage);
  if (payload !== undefined)
    return { bytes: jsonBytes(payload), contentType: contentType ?? "application/json" };
  if (text !== undefined)
    return { bytes: encode(text), contentType: contentType ?? "text/plain; charset=utf-8" };
  if (file === undefined && terminal.interactive)
    throw new Complaint(
      "what is to be sent?",
      exitCodes.usage,
      "Give --json JSON, --text TEXT or --file FILE (- for standard input).",
    );
  if (file === undefined || file === "-") return { bytes: await terminal.readBytes(), contentType };
  return {
    bytes: fileBytes(file),
    contentType: contentType ?? (file.endsWith(".json") ? "application/json" : undefined),
  };
}

/** As it was typed: numbers that JavaScript does not hold are not rounded on the way. */
function jsonBytes(payload: string): Uint8Array {
  try {
    JSON.parse(payload);
  } catch (error) {
    throw new Complaint(`the payload is not JSON: ${(error as Error).message}`, exitCodes.usage);
  }
  return encode(payload);
}

function fileBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Complaint(`${file} cannot be read: ${(error as Error).message}`, exitCodes.usage);
  }
}
