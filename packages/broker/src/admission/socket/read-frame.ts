/** One part of JSON out of a frame: read strictly, with the fields of its schema and no others [FRM-3]. */
import type { Frame } from "@parley/protocol";
import type { z } from "zod";
import { type JsonBounds, parseStrictJson } from "../parse/strict-json.js";

/** Of what only carries the connection. */
const smallBounds = { depthMax: 4, keysMax: 16 } as const;

export function readFrame<S extends z.ZodType>(
  frame: Frame,
  schema: S,
  bounds: JsonBounds = smallBounds,
): z.output<S> | undefined {
  const [part] = frame.parts;
  if (part === undefined) return undefined;
  const parsed = parseStrictJson(part, bounds);
  if ("fault" in parsed) return undefined;
  const read = schema.safeParse(parsed.value);
  return read.success ? read.data : undefined;
}
