/** Times as they travel: RFC 3339, in UTC, with milliseconds. */
import { z } from "zod";

export const timeSchema = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/)
  .meta({ format: "date-time" });
