/**
 * What a route is: who may come, what it takes, what it answers. The table of routes is what is registered, documented
 * and tested; a route that says less than this does not compile.
 */
import type { CommandId, Refusal } from "@parley/protocol";
import type { FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Caller, Idempotency } from "../../governance/command.js";
import type { Seat, Telling } from "./event-stream.js";

/** Anyone may read what is public; a `bearer` of a one-time secret shows it in the body; all others are principals. */
export type Access = "anyone" | "bearer" | "principal";

export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** In place of a body: of a route that streams. */
  readonly events?: { readonly seat: Seat; readonly tell: Telling };
}

/** Who asks, and the key that was shown. Only routes for principals have one. */
export interface Authenticated {
  readonly caller: Caller;
  readonly thumbprint: string;
  /** When the access token ends. */
  readonly expiresAt: number;
}

/** What every command of this request carries. */
export interface Carried {
  readonly id: CommandId;
  readonly caller: Caller;
  readonly target: string;
}

interface Shape<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

export interface Asking<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly request: FastifyRequest;
  readonly now: number;
}

export interface AskingPrincipal<P, Q, B> extends Asking<P, Q, B> {
  readonly by: Authenticated;
  readonly carried: Carried;
  readonly idempotency: { readonly idempotency?: Idempotency };
}

interface Described {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With `{names}`, as in OpenAPI. */
  readonly path: string;
  readonly name: string;
  readonly tag: string;
  readonly summary: string;
  /** Who of the principals is answered something else than `role.missing` or `not-found`, in words for the reader. */
  readonly allowed: string;
  readonly answers: Readonly<Record<number, z.ZodType>>;
  /** What it refuses with beside what all routes do. */
  readonly refuses?: readonly (409 | 410 | 429)[];
  /** Takes the form that OAuth speaks in place of JSON. */
  readonly form?: boolean;
  /** Takes `Idempotency-Key`. */
  readonly creates?: boolean;
  /** Takes `If-Match`, and does not go on without it. */
  readonly changes?: boolean;
  /** Takes `If-Match`, and goes on without it: what is put is the whole. */
  readonly replaces?: boolean;
  /** The same again is answered with what it made the first time, by its own content, with 200. */
  readonly repeats?: boolean;
  /** Answers with server-sent events, each with what `answers` says, until the caller's access ends; takes `Last-Event-ID`. */
  readonly streams?: boolean;
}

export interface Route extends Described, Shape<z.ZodType, z.ZodType, z.ZodType> {
  readonly access: Access;
  handle(asking: AskingPrincipal<unknown, unknown, unknown>): Promise<Reply | Refusal>;
}

type Handler<A> = (asking: A) => Promise<Reply | Refusal>;
type Given<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> = Described & Shape<P, Q, B>;

/** A route for principals. */
export function forPrincipals<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  given: Given<P, Q, B> & { handle: Handler<AskingPrincipal<z.output<P>, z.output<Q>, z.output<B>>> },
): Route {
  // Validated against exactly these schemas before it is called.
  return { ...given, access: "principal", handle: given.handle as Route["handle"] };
}

/** A route that anyone may call, or whoever holds a one-time secret. */
export function forAnyone<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  given: Given<P, Q, B> & {
    access: "anyone" | "bearer";
    handle: Handler<Asking<z.output<P>, z.output<Q>, z.output<B>>>;
  },
): Route {
  return { ...given, handle: given.handle as Route["handle"] };
}

export const isRefusal = (reply: object): reply is Refusal => "code" in reply;
