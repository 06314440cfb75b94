/** The lines of a file as it is read, without having it whole. What is no text stands as a line that no verifier takes. */
import { bundleLineLengthMax } from "./bundle.js";

/** Ill-formed, as only text can be that was never UTF-8. */
const noText = "\ud800";
const lineFeed = 0x0a;

/** Each without its line feed; a last line that has none is no line. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  let rest: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(lineFeed) + 1;
    if (end > 0) {
      yield* textsIn(joined([...rest, chunk.subarray(0, end)]));
      [rest, bytes] = [[], 0];
    }
    // Copied: who reads may fill the same memory again.
    if (end < chunk.length) rest.push(chunk.slice(end));
    bytes += chunk.length - end;
    // Nobody waits for the end of a line that is refused for its length in any case.
    if (bytes > 4 * bundleLineLengthMax) break;
  }
  if (bytes > 0) yield noText;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(parts.reduce((bytes, part) => bytes + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Whole lines are decoded together; only where that fails, one by one, so that the one is found. */
function textsIn(bytes: Uint8Array): readonly string[] {
  const text = decoded(bytes);
  if (text !== undefined) return text.slice(0, -1).split("\n");
  const texts: string[] = [];
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(lineFeed, from);
    texts.push(decoded(bytes.subarray(from, end)) ?? noText);
    from = end + 1;
  }
  return texts;
}

/** Keeps a byte order mark in the text, where no line has a place for it. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
