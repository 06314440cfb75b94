/**
 * A statement that binds an organisation: signed with the very key by which the caller is known, for this broker, in
 * the caller's own name [STM-1]. What it says about the request is judged where the decision is made.
 */
import { hash } from "node:crypto";
import type { PrincipalId, Refusal } from "@parley/protocol";
import type { z } from "zod";
import type { Signed } from "../../governance/command.js";
import { statedThumbprint, verifyStatement } from "./jws.js";

export interface Signer {
  readonly principal: PrincipalId;
  readonly thumbprint: string;
}

export interface Binding {
  readonly iss: PrincipalId;
  readonly aud: string;
}

export const digestOf = (text: string): string => hash("sha256", text, "base64url");

export async function readStatement<C extends Binding>(
  text: string,
  typ: string,
  claims: z.ZodType<C>,
  by: Signer,
  issuer: string,
): Promise<Signed<C> | Refusal> {
  // A key that is not theirs is seen before anything is verified: verifying is what costs.
  const statement =
    statedThumbprint(text) === by.thumbprint ? await verifyStatement(text, typ, claims) : undefined;
  const isTheirs = statement?.claims.iss === by.principal && statement.claims.aud === issuer;
  if (!isTheirs) return { code: "statement.invalid" };
  return { text, digest: digestOf(text), thumbprint: statement.thumbprint, claims: statement.claims };
}
