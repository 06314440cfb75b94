/** What decisions ask, as a table: what was put, what is asked, what is found. */

import type { EngagementLookups } from "../../governance/engagement-lookups.js";
import type { LookupName, Lookups } from "../../governance/question.js";
import type { EnvelopeLookups } from "../../governance/session/envelope-lookups.js";
import type { WorkgroupLookups } from "../../governance/workgroup/workgroup-lookups.js";
import { type AnyChange, put } from "./opened.suite.js";
import * as rows from "./rows.suite.js";
import {
  agent,
  agt,
  enrolmentToken,
  etk,
  ins,
  instance,
  operator,
  opr,
  org,
  organisation,
} from "./rows.suite.js";

export type LookupRow<N extends LookupName> = readonly [
  what: string,
  changes: readonly AnyChange[],
  by: Lookups[N]["ask"],
  found: Lookups[N]["found"],
];
export type LookupTable<Of> = { readonly [N in keyof Of & LookupName]: readonly LookupRow<N>[] };

const now = 5_000;
const putAll = (...all: readonly (readonly AnyChange[])[]): AnyChange[] => all.flat();
const two = putAll(put("organisations", organisation(1), organisation(2)));
const operators = putAll(
  put("operators", operator(1), operator(2, { organisation: org(2) }), operator(3, { organisation: null })),
  two,
);
const agents = putAll(put("agents", agent(1), agent(2, { organisation: org(2) }), agent(3)), two);
export const instances = putAll(
  put("instances", instance(1), instance(2, { organisation: org(2), agent: agt(2) })),
  agents,
);
const tokens = put(
  "enrolmentTokens",
  enrolmentToken(1),
  enrolmentToken(2, { organisation: org(2) }),
  enrolmentToken(3, { organisation: null, for: opr(3) }),
);
const connections = put(
  "connections",
  rows.connection(2),
  rows.connection(1),
  rows.connection(3, { state: "closed" }),
);

const admin = (n: number, over: Parameters<typeof operator>[1] = {}) =>
  operator(n, { organisation: org(1), ...over });
export const admins = put(
  "operators",
  admin(1),
  admin(2, { role: "auditor" }),
  admin(3, { standing: "suspended" }),
  admin(4, { enrolledAt: null }),
  admin(5, { era: 2 }),
  admin(6, { organisation: org(2) }),
  admin(7, { role: "platform" }),
  admin(8, { organisation: null, role: "platform" }),
  admin(9, { organisation: null, role: "admin" }),
  admin(10),
);

const openTokens = put(
  "enrolmentTokens",
  enrolmentToken(1, { expiresAt: now + 1 }),
  enrolmentToken(2, { expiresAt: now }),
  enrolmentToken(3, { usesLeft: 0 }),
  enrolmentToken(4, { voidedAt: 4_000 }),
  enrolmentToken(5, { organisation: org(2) }),
  enrolmentToken(6, { for: agt(2) }),
  enrolmentToken(7, { organisation: null, for: opr(8) }),
  enrolmentToken(8, { organisation: null, for: opr(7) }),
  enrolmentToken(9, { organisation: null, for: opr(9), voidedAt: 1 }),
);

const delayed = { notBefore: 4_000, mintedAt: 1_000 };
const recoveries = putAll(
  operators,
  put(
    "enrolmentTokens",
    enrolmentToken(1, { ...delayed, mintedBy: opr(3) }),
    enrolmentToken(2, { ...delayed, mintedBy: null }),
    enrolmentToken(3, { ...delayed, mintedBy: opr(1) }),
    enrolmentToken(4, { mintedBy: opr(3) }),
    enrolmentToken(5, { ...delayed, mintedBy: opr(3), voidedAt: 2 }),
    enrolmentToken(6, { ...delayed, mintedBy: opr(3), usesLeft: 0 }),
    enrolmentToken(7, { ...delayed, mintedBy: opr(3), expiresAt: now }),
    enrolmentToken(8, { ...delayed, mintedBy: opr(3), organisation: org(2) }),
  ),
);

const keys = put(
  "principalKeys",
  rows.principalKey(1, { since: 100, token: etk(1) }),
  rows.principalKey(2, { since: 200 }),
  rows.principalKey(3, { since: 300 }),
  rows.principalKey(4, { since: 400, principal: ins(2) }),
);

/** What is asked about identities and of the store itself. */
export const lookupRows: LookupTable<
  Omit<Lookups, keyof WorkgroupLookups | keyof EngagementLookups | keyof EnvelopeLookups>
> = {
  digest: [
    ["nothing's", [], { text: "" }, "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"],
    ["a text's, in UTF-8", [], { text: "größer 😀" }, "pVHNrLbIPHx2oRuVKunIUVub_Ca1jK0nxM1TlGlV1ME"],
  ],
  era: [["before any", [], {}, 1]],
  principal: [
    [
      "an operator",
      operators,
      { id: opr(1) },
      { kind: "operator", operator: operator(1), organisation: organisation(1) },
    ],
    [
      "the platform's operator",
      operators,
      { id: opr(3) },
      { kind: "operator", operator: operator(3, { organisation: null }), organisation: null },
    ],
    [
      "an instance",
      instances,
      { id: ins(1) },
      { kind: "instance", instance: instance(1), agent: agent(1), organisation: organisation(1) },
    ],
    ["no operator", operators, { id: opr(9) }, undefined],
    ["no instance", instances, { id: ins(9) }, undefined],
  ],
  organisation: [
    ["one", two, { id: org(2) }, organisation(2)],
    ["none", two, { id: org(3) }, undefined],
    ["nothing that is an id", two, { id: "😀' OR 1=1 --" }, undefined],
  ],
  organisationNamed: [
    ["one", two, { name: "organisation-2" }, organisation(2)],
    ["none: names are case-sensitive", two, { name: "Organisation-2" }, undefined],
  ],
  organisationCount: [
    ["none", [], {}, 0],
    ["all", two, {}, 2],
  ],
  operator: [
    ["of the organisation", operators, { organisation: org(1), id: opr(1) }, operator(1)],
    ["hidden: another's", operators, { organisation: org(1), id: opr(2) }, undefined],
    ["hidden: the platform's", operators, { organisation: org(1), id: opr(3) }, undefined],
    ["of the platform", operators, { organisation: null, id: opr(3) }, operator(3, { organisation: null })],
    ["hidden from the platform", operators, { organisation: null, id: opr(1) }, undefined],
  ],
  operatorAnywhere: [
    ["of any", operators, { id: opr(2) }, operator(2, { organisation: org(2) })],
    ["none", operators, { id: "opr_" }, undefined],
  ],
  operatorCount: [
    ["of one organisation", operators, { organisation: org(1) }, 1],
    ["of the platform", operators, { organisation: null }, 1],
    ["of none", operators, { organisation: org(9) }, 0],
  ],
  adminCount: [
    ["active, enrolled, of this era", admins, { organisation: org(1) }, 2],
    ["the platform's operators", admins, { organisation: null }, 1],
    ["none", [], { organisation: org(1) }, 0],
  ],
  agent: [
    ["of the organisation", agents, { organisation: org(1), id: agt(1) }, agent(1)],
    ["hidden: another's", agents, { organisation: org(1), id: agt(2) }, undefined],
    ["none", agents, { organisation: org(1), id: agt(9) }, undefined],
  ],
  agentNamed: [
    ["of the organisation", agents, { organisation: org(1), name: "agent-1" }, agent(1)],
    ["hidden: another's", agents, { organisation: org(1), name: "agent-2" }, undefined],
  ],
  agentCount: [["of one organisation", agents, { organisation: org(1) }, 2]],
  agentsAmong: [
    ["own ones only", agents, { organisation: org(1), ids: [agt(1), agt(2), agt(3), agt(9)] }, 2],
    ["each once", agents, { organisation: org(1), ids: [agt(1), agt(1)] }, 1],
    ["none", agents, { organisation: org(1), ids: [] }, 0],
  ],
  instance: [
    ["of the organisation", instances, { organisation: org(1), id: ins(1) }, instance(1)],
    ["hidden: another's", instances, { organisation: org(1), id: ins(2) }, undefined],
  ],
  instanceCount: [
    [
      "neither revoked nor expired",
      put(
        "instances",
        instance(1),
        instance(2, { standing: "revoked" }),
        instance(3, { standing: "expired" }),
        instance(4, { standing: "suspended" }),
        instance(5, { agent: agt(2) }),
      ),
      { agent: agt(1) },
      2,
    ],
  ],
  key: [
    ["one", keys, { thumbprint: rows.principalKey(2).thumbprint }, rows.principalKey(2, { since: 200 })],
    ["none", keys, { thumbprint: "" }, undefined],
  ],
  keyReplacements: [
    ["later than", keys, { principal: ins(1), since: 100 }, 2],
    ["not at", keys, { principal: ins(1), since: 200 }, 1],
    ["not the enrolled one", keys, { principal: ins(1), since: 0 }, 2],
  ],
  enrolmentDigest: [
    ["of any", tokens, { digest: enrolmentToken(2).digest }, enrolmentToken(2, { organisation: org(2) })],
    ["none", tokens, { digest: "x" }, undefined],
  ],
  enrolmentToken: [
    ["of the organisation", tokens, { organisation: org(1), id: etk(1) }, enrolmentToken(1)],
    ["hidden: another's", tokens, { organisation: org(1), id: etk(2) }, undefined],
    [
      "of the platform",
      tokens,
      { organisation: null, id: etk(3) },
      enrolmentToken(3, { organisation: null, for: opr(3) }),
    ],
    ["hidden from the platform", tokens, { organisation: null, id: etk(1) }, undefined],
  ],
  openTokenCount: [
    ["of all targets", openTokens, { organisation: org(1), for: null, now }, 2],
    ["of one target", openTokens, { organisation: org(1), for: agt(1), now }, 1],
    ["of the platform", openTokens, { organisation: null, for: null, now }, 2],
    ["none any more", openTokens, { organisation: org(1), for: null, now: 20_000 }, 0],
  ],
  openRecoveryCount: [
    ["minted by platform or broker to begin later", recoveries, { organisation: org(1), now }, 2],
    ["of another", recoveries, { organisation: org(2), now }, 1],
  ],
  prior: [
    ["one", put("priors", rows.prior(1)), { principal: opr(1), key: "key 1" }, rows.prior(1)],
    ["another's", put("priors", rows.prior(1)), { principal: opr(2), key: "key 1" }, undefined],
  ],
  refusalCount: [
    [
      "one",
      put("refusalCounts", rows.refusalCount(1)),
      { principal: opr(1), code: "role.missing", minute: 1 },
      rows.refusalCount(1),
    ],
    [
      "another minute",
      put("refusalCounts", rows.refusalCount(1)),
      { principal: opr(1), code: "role.missing", minute: 2 },
      undefined,
    ],
  ],
  seen: [
    ["one", put("seen", rows.seen(1)), { principal: ins(1) }, rows.seen(1)],
    ["none", [], { principal: ins(1) }, undefined],
  ],
  connection: [
    ["one", connections, { instance: ins(3) }, rows.connection(3, { state: "closed" })],
    ["none", connections, { instance: ins(4) }, undefined],
  ],
  openConnections: [["all that are open", connections, {}, [rows.connection(1), rows.connection(2)]]],
  probe: [
    ["one", put("probes", rows.probe(4)), { name: "readiness" }, rows.probe(4)],
    ["none", [], { name: "readiness" }, undefined],
  ],
  enrolmentTokensOpenForPlatform: [
    [
      "open ones of no organisation",
      openTokens,
      { now },
      [
        { id: etk(7), for: opr(8) },
        { id: etk(8), for: opr(7) },
      ],
    ],
  ],
};
