/**
 * Messages that are declared once and checked at both ends: what each type's body must be, by a schema of whatever library.
 * The broker is told nothing of it: it carries bytes.
 */
import { limits, messageTypeLike } from "@parley/protocol";
import { ParleyFault } from "../fault.js";

/** A schema as many libraries have it (standardschema.dev): zod, valibot, arktype. */
export interface StandardSchema {
  /** What such a library offers to others. */
  readonly "~standard": {
    readonly validate: (value: unknown) => unknown;
    readonly types?: { readonly input: unknown; readonly output: unknown } | undefined;
  };
}

/** Anything that takes a value and answers it, or throws. */
export interface Parser {
  /** Answers what it makes of the value; throws where it is not what is wanted. */
  parse(value: unknown): unknown;
}

/** What says what a body must be. It must answer at once. */
export type MessageSchema = StandardSchema | Parser;
/** Each type of message with what its body must be. */
export type MessageSchemas = Readonly<Record<string, MessageSchema>>;

/** What may be sent. */
export type InputOf<S> = S extends {
  readonly "~standard": { readonly types?: { readonly input: infer I } | undefined };
}
  ? I
  : S extends { parse(value: unknown): infer T }
    ? T
    : never;
/** What is received. */
export type OutputOf<S> = S extends {
  readonly "~standard": { readonly types?: { readonly output: infer O } | undefined };
}
  ? O
  : S extends { parse(value: unknown): infer T }
    ? T
    : never;

/** What was wrong in one place of a body. */
export interface MisfitIssue {
  /** Where, with dots; empty where it is all of it. */
  readonly path: string;
  /** For people. */
  readonly message: string;
}

/** A body is not what its type says, or the type is none that was declared. Nothing was sent, or nothing of it was given. */
export class MessageMisfit extends ParleyFault {
  override readonly name = "MessageMisfit";
  /** Of the message. */
  readonly type: string;
  /** What was wrong, place by place. */
  readonly issues: readonly MisfitIssue[];

  constructor(type: string, issues: readonly MisfitIssue[], cause?: unknown) {
    const [first] = issues;
    const what = first === undefined ? "" : `: ${first.path === "" ? "" : `${first.path}: `}${first.message}`;
    super(`${type} does not fit${what}`, "never", cause);
    this.type = type;
    this.issues = issues;
  }
}

/** Messages as they were declared, for `session.typed`. */
export interface Messages<M extends MessageSchemas> {
  /** By type. */
  readonly schemas: M;
}

/** Declares messages; a RangeError where a type is spelled as none can be. */
export function defineMessages<const M extends MessageSchemas>(schemas: M): Messages<M> {
  for (const type of Object.keys(schemas)) {
    if (type.length > limits.capabilityLengthMax || !messageTypeLike.test(type))
      throw new RangeError(`${JSON.stringify(type)} is no type of message: expected dotted lower case`);
  }
  return { schemas: { ...schemas } };
}

/** What the schema makes of the body; throws MessageMisfit. */
export function fitted({ schemas }: Messages<MessageSchemas>, type: string, body: unknown): unknown {
  const schema = Object.hasOwn(schemas, type) ? schemas[type] : undefined;
  if (schema === undefined) throw new MessageMisfit(type, [{ path: "", message: "not a declared message" }]);
  return "~standard" in schema ? validated(type, schema, body) : parsed(type, schema, body);
}

function validated(type: string, schema: StandardSchema, body: unknown): unknown {
  const result = schema["~standard"].validate(body);
  if (result instanceof Promise) throw new RangeError(`${type}: a schema that takes time cannot be used`);
  const { issues, value } = result as { readonly issues?: readonly Issue[]; readonly value?: unknown };
  if (issues === undefined) return value;
  throw new MessageMisfit(type, issues.map(issueOf));
}

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[];
}

const issueOf = ({ message, path = [] }: Issue): MisfitIssue => ({
  message,
  path: path.map((part) => String(typeof part === "object" ? part.key : part)).join("."),
});

function parsed(type: string, schema: Parser, body: unknown): unknown {
  try {
    return schema.parse(body);
  } catch (error) {
    throw new MessageMisfit(type, [{ path: "", message: String(error) }], error);
  }
}
