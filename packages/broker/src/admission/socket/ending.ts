/** Why a socket ends when the line, or authentication, says no: the code tells whether to come back [SOC-9]. */
import type { CloseReason, Refusal, RefusalCode } from "@parley/protocol";

const reasons: Partial<Record<RefusalCode, CloseReason>> = {
  "identity.suspended": "suspended",
  "identity.revoked": "revoked",
  "identity.expired": "revoked",
  "role.missing": "revoked",
  "connection.replaced": "replaced",
  "broker.busy": "goingAway",
  "broker.storage-full": "goingAway",
  "broker.going-away": "goingAway",
  "broker.fault": "goingAway",
};

export const reasonFor = (refusal: Refusal): CloseReason => reasons[refusal.code] ?? "unauthenticated";
