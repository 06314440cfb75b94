/**
 * Statements that bind, as requests bring them: verified before the line hears of them, and what is not verified is
 * recorded as the refusal that it is [REC-6].
 */
import type { Refusal } from "@parley/protocol";
import type { z } from "zod";
import type { Caller, Command, Signed } from "../governance/command.js";
import type { Relay } from "../relay.js";
import { type Binding, readStatement } from "./authenticate/statement.js";

/** Who asks, as what every command carries; `thumbprint` is of the key that was shown. */
export interface Carried {
  readonly id: Command["id"];
  readonly caller: Caller;
  readonly target: string;
}
export interface By extends Carried {
  readonly thumbprint: string;
}

export const carriedOf = ({ id, caller, target }: By): Carried => ({ id, caller, target });

export type ReadSigned = <C extends Binding>(
  text: string,
  typ: string,
  claims: z.ZodType<C>,
  by: By,
) => Promise<Signed<C> | Refusal>;

export function openStatements(relay: Relay, issuer: () => string): ReadSigned {
  return async (text, typ, claims, by) => {
    const signer = { principal: by.caller.principal, thumbprint: by.thumbprint };
    const statement = await readStatement(text, typ, claims, signer, issuer());
    if ("code" in statement)
      await relay({ kind: "refusal.record", ...carriedOf(by), code: statement.code, what: typ });
    return statement;
  };
}
