/** Why a socket was closed, and whether to come back [SOC-9]. */
export const closeCodes = {
  goodbye: { code: 1000, comeBack: "never", says: "goodbye" },
  malformed: { code: 4400, comeBack: "never", says: "malformed" },
  unauthenticated: { code: 4401, comeBack: "at-once", says: "unauthenticated: renew" },
  revoked: { code: 4403, comeBack: "never", says: "revoked or expired" },
  silent: { code: 4408, comeBack: "later", says: "too slow or silent" },
  replaced: { code: 4409, comeBack: "not-at-once", says: "replaced by a newer connection" },
  tooLarge: { code: 4413, comeBack: "never", says: "too large" },
  suspended: { code: 4423, comeBack: "later", says: "suspended" },
  tooMany: { code: 4429, comeBack: "later", says: "too many" },
  goingAway: { code: 4503, comeBack: "at-once-elsewhere", says: "going away" },
} as const;

export type CloseReason = keyof typeof closeCodes;
