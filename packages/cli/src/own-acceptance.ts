/** Whether a session was accepted by who asks: read in the acceptance that the broker shows. */
import { type AcceptanceClaims, acceptanceClaims, type SessionView } from "@parley/protocol";

/** Nothing is signed for what it says, and so whose key has signed it is left to the broker. */
export function isAcceptedBy(principal: string, { id, acceptanceStatement }: SessionView): boolean {
  const claims = acceptanceStatement === null ? undefined : claimsOf(acceptanceStatement);
  return claims?.iss === principal && claims.session === id;
}

function claimsOf(statement: string): AcceptanceClaims | undefined {
  const [, payload = ""] = statement.split(".");
  try {
    return acceptanceClaims.safeParse(JSON.parse(Buffer.from(payload, "base64url").toString("utf8"))).data;
  } catch {
    // What cannot be read is nobody's: the caller says that the session waits for no answer.
    return undefined;
  }
}
