/** Schemas that many routes share: ids in paths stay text (what names nothing is not found, not malformed). */
import { z } from "zod";

export const none = z.undefined();
export const noQuery = z.strictObject({});
export const noParams = z.object({});
/** An action has no body; clients that must send one send `{}`. */
export const noBody = z.strictObject({}).optional().nullable();

const typed = z.string().max(64);
export const organisationParam = z.object({ organisation: typed });
export const operatorParam = z.object({ operator: typed });
export const agentParam = z.object({ agent: typed });
export const instanceParam = z.object({ instance: typed });
export const tokenParam = z.object({ token: typed });
