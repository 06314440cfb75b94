/** Schemas that many routes share: ids in paths stay text (what names nothing is not found, not malformed). */
import { z } from "zod";

export const none = z.undefined();
export const noQuery = z.strictObject({});
export const noParams = z.object({});
/** An action has no body; clients that must send one send `{}`. */
export const noBody = z.strictObject({}).optional().nullable();

/** No longer than what the router takes for one part of a path. */
const typed = z.string();
export const organisationParam = z.object({ organisation: typed });
export const operatorParam = z.object({ operator: typed });
export const agentParam = z.object({ agent: typed });
export const instanceParam = z.object({ instance: typed });
export const tokenParam = z.object({ token: typed });
export const workgroupParam = z.object({ workgroup: typed });
export const invitationParam = z.object({ invitation: typed });
export const workgroupInvitationParams = z.object({ workgroup: typed, invitation: typed });
export const memberParams = z.object({ workgroup: typed, agent: typed });
export const selectorParams = z.object({ workgroup: typed, selector: typed });
export const contractParam = z.object({ contract: typed });
export const advertisementParam = z.object({ advertisement: typed });
export const ownAdvertisementParams = z.object({ agent: typed, name: typed });
export const sessionParam = z.object({ session: typed });
