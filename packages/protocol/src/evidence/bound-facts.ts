/**
 * Which facts have signed statements in them, and what each statement must say to agree with its fact [EVD-7]. A
 * principal's key is looked for at the time of the fact, or before it where an earlier statement is shown again.
 */
import { z } from "zod";
import { canonicalJson, type Json } from "../canonical.js";
import { idSchema } from "../ids.js";
import { proposalClaims, statementSchema, thumbprintSchema } from "../statements.js";

export type Binding = "consent" | "contract" | "advertisement" | "proposal" | "acceptance";

export interface Bound {
  readonly binding: Binding;
  readonly text: string;
  /** By claim; undefined: not there. */
  readonly expected: Readonly<Record<string, string | undefined>>;
  readonly isEarlier: boolean;
  /** The organisation that it binds, where the facts say so. */
  readonly speaksFor: string | undefined;
}
/** A digest that the fact states, and the text that it is of. */
export interface Digested {
  readonly stated: string;
  readonly text: string;
}
/** What a proposal was, for the acceptance after it in the session's chain. */
export interface Before {
  readonly proposalDigest: string;
  readonly provider: string;
}
export interface BoundFact {
  readonly statements: readonly Bound[];
  readonly digests: readonly Digested[];
  readonly proposal?: Before;
}

const by = z.union([idSchema("operator"), idSchema("instance")]);
const text = z.string();
const proposed = z.object({
  session: z.object({
    proposal: text,
    proposalDigest: thumbprintSchema,
    proposedBy: idSchema("instance"),
    advertisement: text,
    workgroup: text,
    capability: text,
    contract: text,
    terms: z.unknown(),
    termsDigest: thumbprintSchema,
    purpose: proposalClaims.shape.purpose.unwrap().nullable(),
    provider: text,
  }),
  consumer: z.object({ organisation: text }),
  provider: z.object({ organisation: text }),
  statements: z.object({
    proposal: statementSchema,
    advertisement: statementSchema,
    contract: statementSchema.nullable(),
  }),
});
const accepted = z.object({
  session: text,
  life: z.object({ acceptedBy: z.union([by, z.literal("broker")]) }),
  statement: statementSchema.nullable(),
});
const consented = z.object({
  consent: z.object({ invitation: text, organisation: text, digest: text, statement: statementSchema, by }),
});
const entered = z.object({
  organisation: z.object({ id: text }),
  invitation: text,
  statement: statementSchema,
});
const handedOver = z.object({ owner: text, invitation: text, statement: statementSchema });
const version = z.object({
  terms: z.unknown(),
  termsDigest: thumbprintSchema,
  statement: statementSchema,
  by,
  organisation: text,
});
const created = z.object({ contract: z.object({ name: text }), version });
const versioned = z.object({ version });
const published = z.object({
  advertisement: z.object({
    agent: text,
    organisation: text,
    name: text,
    content: z.looseObject({ contract: z.object({ id: text, termsDigest: text }) }),
    digest: thumbprintSchema,
    statement: statementSchema,
    by,
  }),
});

type Reading = (data: unknown, stream: string, before: Before | undefined) => BoundFact | undefined;

/** Deeper JSON than this was never taken by a broker. */
const depthMax = 64;
const isShallow = (value: unknown, depth = depthMax): boolean =>
  typeof value !== "object" || value === null
    ? true
    : depth > 0 && Object.values(value).every((each) => isShallow(each, depth - 1));
const spelled = (value: unknown): string => (isShallow(value) ? canonicalJson(value as Json) : "");

const workgroupOf = (stream: string): string => stream.slice("workgroup:".length);
const only = (statement: Bound): BoundFact => ({ statements: [statement], digests: [] });

const readings: Readonly<Record<string, Reading>> = {
  "session.proposed"(data) {
    const fact = proposed.safeParse(data).data;
    if (fact === undefined) return undefined;
    const { session, statements } = fact;
    const { proposal, advertisement, workgroup, capability, contract, termsDigest, provider } = session;
    const expected = {
      ...{ proposal, advertisement, workgroup, capability, termsDigest },
      purpose: session.purpose ?? undefined,
      iss: session.proposedBy,
    };
    const offered = { agent: provider, contract, termsDigest };
    const [asks, gives] = [fact.consumer.organisation, fact.provider.organisation];
    const earlier = (binding: Binding, text: string, said: Bound["expected"]): Bound => ({
      ...{ binding, text, expected: said, isEarlier: true, speaksFor: gives },
    });
    return {
      statements: [
        { binding: "proposal", text: statements.proposal, expected, isEarlier: false, speaksFor: asks },
        earlier("advertisement", statements.advertisement, offered),
        ...(statements.contract === null ? [] : [earlier("contract", statements.contract, { termsDigest })]),
      ],
      digests: [
        { stated: session.proposalDigest, text: statements.proposal },
        { stated: termsDigest, text: spelled(session.terms) },
      ],
      proposal: { proposalDigest: session.proposalDigest, provider: gives },
    };
  },
  "session.accepted"(data, _stream, before) {
    const fact = accepted.safeParse(data).data;
    if (fact === undefined) return undefined;
    const { session, life, statement } = fact;
    // Nobody but the broker accepts without signing: the signed advertisement was the acceptance.
    if (statement === null) return life.acceptedBy === "broker" ? { statements: [], digests: [] } : undefined;
    const proposal = before && { proposal: before.proposalDigest };
    const expected = { session, iss: life.acceptedBy, ...proposal };
    const speaksFor = before?.provider;
    return only({ binding: "acceptance", text: statement, expected, isEarlier: false, speaksFor });
  },
  "invitation.consented"(data, stream) {
    const consent = consented.safeParse(data).data?.consent;
    if (consent === undefined) return undefined;
    const { invitation, organisation, digest, by: iss } = consent;
    const expected = { invitation, organisation, digest, iss, workgroup: workgroupOf(stream) };
    const { statement } = consent;
    return only({ binding: "consent", text: statement, expected, isEarlier: false, speaksFor: organisation });
  },
  "workgroup.entered"(data, stream) {
    const fact = entered.safeParse(data).data;
    if (fact === undefined) return undefined;
    return only(consentAgain(fact, fact.organisation.id, stream));
  },
  "workgroup.handed-over"(data, stream) {
    const fact = handedOver.safeParse(data).data;
    if (fact === undefined) return undefined;
    return only(consentAgain(fact, fact.owner, stream));
  },
  "contract.created"(data) {
    const fact = created.safeParse(data).data;
    return fact && versionOf(fact.version, { name: fact.contract.name });
  },
  "contract.versioned"(data) {
    const fact = versioned.safeParse(data).data;
    return fact && versionOf(fact.version, {});
  },
  "advertisement.published"(data) {
    const fact = published.safeParse(data).data?.advertisement;
    if (fact === undefined) return undefined;
    const { agent, name, content, digest, statement, by: iss } = fact;
    const { id: contract, termsDigest } = content.contract;
    const expected = { agent, name, contract, termsDigest, digest, iss };
    return {
      statements: [
        {
          binding: "advertisement",
          text: statement,
          expected,
          isEarlier: false,
          speaksFor: fact.organisation,
        },
      ],
      digests: [{ stated: digest, text: spelled(content) }],
    };
  },
};

/** The invited organisation's own, of which the fact before it says who has signed it. */
function consentAgain(
  { invitation, statement }: { readonly invitation: string; readonly statement: string },
  organisation: string,
  stream: string,
): Bound {
  const expected = { invitation, organisation, workgroup: workgroupOf(stream) };
  return { binding: "consent", text: statement, expected, isEarlier: true, speaksFor: organisation };
}

function versionOf(said: z.infer<typeof version>, named: { readonly name?: string }): BoundFact {
  const { statement: text, by: iss, termsDigest, terms, organisation: speaksFor } = said;
  const expected = { ...named, termsDigest, iss };
  return {
    statements: [{ binding: "contract", text, expected, isEarlier: false, speaksFor }],
    digests: [{ stated: termsDigest, text: spelled(terms) }],
  };
}

export const isBinding = (kind: string): boolean => Object.hasOwn(readings, kind);

/** Undefined where a fact of such a kind does not say what it must. */
export const boundIn = (
  kind: string,
  data: unknown,
  stream: string,
  before: Before | undefined,
): BoundFact | undefined => readings[kind]?.(data, stream, before);
