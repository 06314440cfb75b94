/** The rules about sessions, by the command that each judges. */
import { acceptProposal } from "./accept.js";
import { closeSessionNow } from "./close.js";
import { rejectProposal, withdrawProposal } from "./decline-proposal.js";
import { joinSession } from "./join.js";
import { propose } from "./propose.js";
import { expireSession } from "./session-expire.js";
import { sweepSessions } from "./sweep-sessions.js";

export const sessionRules = {
  "session.propose": propose,
  "session.accept": acceptProposal,
  "session.reject": rejectProposal,
  "session.withdraw": withdrawProposal,
  "session.join": joinSession,
  "session.close": closeSessionNow,
  "session.expire": expireSession,
  "sessions.sweep": sweepSessions,
};
