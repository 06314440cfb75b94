/** One-time secrets: shown once to who asked, kept nowhere; what goes on is their digest. */
import { hash, randomBytes } from "node:crypto";
import { limits, makeId } from "@parley/protocol";
import type { NewToken } from "../governance/command.js";

export interface Minted {
  readonly secret: string;
  readonly token: NewToken;
}

export const digestOfSecret = (secret: string): string => hash("sha256", secret, "base64url");

interface Uses {
  readonly uses?: number;
  readonly expiresInSeconds?: number;
  readonly ephemeral?: boolean;
}

/** [ID-7] Recognisable in a log or a repository, and impossible to guess. */
export function makeSecret(terms: Uses = {}): Minted {
  const secret = `parley_enrol_${randomBytes(32).toString("base64url")}`;
  const token: NewToken = {
    id: makeId("enrolmentToken"),
    digest: digestOfSecret(secret),
    uses: terms.uses ?? 1,
    expiresInSeconds: terms.expiresInSeconds ?? limits.enrolmentSecondsDefault,
    ephemeral: terms.ephemeral ?? false,
  };
  return { secret, token };
}
