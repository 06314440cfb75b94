/** An envelope that was received, as a person or a script reads it. */
import { json } from "./answer.js";
import type { Invocation, Received } from "./invocation.js";
import { plain } from "./table.js";

const utf8 = new TextDecoder("utf-8", { fatal: true });

function textOf({ payload }: Received): string | undefined {
  try {
    return utf8.decode(payload);
  } catch {
    // No text: whoever shows it says so.
    return undefined;
  }
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    // No JSON: it is shown as the text that it is.
    return undefined;
  }
}

/** The payload alone, on standard output: JSON in its lines, text as text, nothing that a terminal would obey. */
export function tellPayload(
  { terminal }: Pick<Invocation, "terminal">,
  received: Received,
  raw: boolean,
): void {
  const { payload } = received;
  if (raw) {
    terminal.write(payload);
    return;
  }
  const text = textOf(received);
  if (text === undefined || text === "") {
    terminal.note(text === "" ? "It has no payload." : noText(payload));
    return;
  }
  const said = parsed(text);
  terminal.out(
    said === undefined
      ? text
          .replace(/\r?\n$/, "")
          .split(/\r?\n/)
          .map(line)
          .join("\n")
      : json(said.value),
  );
}

const noText = ({ byteLength }: Uint8Array): string =>
  `Its payload is ${byteLength} bytes that are no text: --raw gives them as they are.`;

const line = (text: string): string => (text === "" ? "" : plain(text));

/** For scripts: the payload as JSON where it is, as text where it is that, and otherwise in base64. */
export function receivedJson(received: Received): Readonly<Record<string, unknown>> {
  const { id, type, n, seq, at, from, header, payload } = received;
  const text = textOf(received);
  const said = text === undefined ? undefined : parsed(text);
  const content =
    said !== undefined
      ? { payload: said.value }
      : text !== undefined
        ? { text }
        : { base64: Buffer.from(payload).toString("base64") };
  return { id, type, n, seq, at, from, header, ...content };
}
