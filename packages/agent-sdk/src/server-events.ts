/** Server-sent events as they come in: what one event says, however it was cut on the way. Comments are none. */

/** One event of a stream. */
export interface ServerEvent {
  /** Of the last that had one: where to go on after it. */
  readonly id: string;
  /** What it says; undefined where it only says how far the stream has come. */
  readonly data: string | undefined;
}

/** The events of a text that comes in pieces. */
export async function* eventsIn(pieces: AsyncIterable<string>): AsyncGenerator<ServerEvent> {
  let text = "";
  let id = "";
  for await (const piece of pieces) {
    text += piece;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const lines = text.slice(0, end).split("\n");
      text = text.slice(end + 2);
      const named = saidBy(lines, "id");
      if (named !== undefined) id = named;
      const data = saidBy(lines, "data");
      if (named !== undefined || data !== undefined) yield { id, data };
    }
  }
}

const saidBy = (lines: readonly string[], field: string): string | undefined =>
  lines.find((line) => line.startsWith(`${field}: `))?.slice(field.length + 2);
