/** Times as they travel: RFC 3339, in UTC, with milliseconds. */
import { z } from "zod";

export const timeSchema = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/)
  .meta({ format: "date-time" });

/** A time that somebody asks about: one of the calendar, which an engine would otherwise read as another, or as none. */
export const momentSchema = timeSchema.refine((text) => {
  const at = Date.parse(text);
  return !Number.isNaN(at) && new Date(at).toISOString() === text;
}, "expected a time of the calendar");
