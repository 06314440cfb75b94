/** `suspend`, `resume` and `revoke`: the same three routes for organisations, operators, agents and instances. */
import { cutSchema, type Refusal } from "@parley/protocol";
import { z } from "zod";
import type { CutReport } from "../../relay.js";
import { viewCut } from "../present/identities.js";
import { ok } from "./answer.js";
import { type AskingPrincipal, forPrincipals, type Route } from "./route.js";
import { noBody, noQuery } from "./schemas.js";

export type Verb = "suspend" | "resume" | "revoke";

interface Given<P extends z.ZodType> {
  readonly thing: "organisation" | "operator" | "agent" | "instance";
  readonly allowed: string;
  /** What it does beyond the thing itself, for the summary. */
  readonly reach: string;
  readonly params: P;
  readonly schema: z.ZodType;
  /** What is told of what was cut: by default all of it. */
  readonly cut?: { readonly schema: z.ZodType; view(cut: CutReport): unknown };
  run(
    verb: Verb,
    asking: AskingPrincipal<z.output<P>, unknown, unknown>,
  ): Promise<{ readonly view: unknown; readonly cut: CutReport } | Refusal>;
}

export function standingRoutes<P extends z.ZodType>({
  thing,
  allowed,
  reach,
  params,
  schema,
  cut = { schema: cutSchema, view: viewCut },
  run,
}: Given<P>): readonly Route[] {
  const capital = `${thing.charAt(0).toUpperCase()}${thing.slice(1)}`;
  return (["suspend", "resume", "revoke"] as const).map((verb) =>
    forPrincipals({
      method: "POST",
      path: `/v1/${thing}s/{${thing}}/${verb}`,
      name: `${verb}${capital}`,
      tag: `${thing}s`,
      summary: `${verb.charAt(0).toUpperCase()}${verb.slice(1)} an ${thing}${reach}`,
      allowed,
      params,
      query: noQuery,
      body: noBody,
      answers: { 200: z.object({ [thing]: schema, cut: cut.schema }) },
      async handle(asking) {
        const done = await run(verb, asking);
        return "code" in done ? done : ok({ [thing]: done.view, cut: cut.view(done.cut) });
      },
    }),
  );
}
