/**
 * The import table. A row lists all that its files may import besides each other: what is not listed is forbidden.
 *
 * An entry is the name of another room, a file relative to the package's src, a package, `node:` for any part of
 * Node or one part such as `node:crypto`. `type ` in front allows `import type` and nothing that runs.
 * The first row that holds a file is the file's room. Tests, contract suites and `testing/` are free.
 */
export interface Room {
  readonly name: string;
  /** Folders (ending in `/`, all that is below), `folder/*` (only what lies directly in it), or files. */
  readonly holds: readonly string[];
  readonly mayImport: readonly string[];
}

const broker = "packages/broker/src";
const sdk = "packages/agent-sdk/src";

/** What the files directly in the broker's src may import: everything but adapters. */
const root = [
  "admission",
  "records",
  "outbox",
  "ledger",
  "governance",
  "@parley/protocol",
  "fastify",
  "@fastify/websocket",
  "@fastify/swagger",
  "fastify-type-provider-zod",
  "jose",
  "zod",
  "pino",
  "pino-pretty",
  "prom-client",
  "node:",
];

/** The ledger as others see it: the port, and the facts as they are stored. */
const portAndFacts = [
  "ledger/store.ts",
  "ledger/after.ts",
  "ledger/workgroup-pages.ts",
  "ledger/engagement-pages.ts",
  "ledger/envelope-pages.ts",
  "ledger/log-pages.ts",
  "ledger/ledger.ts",
  "ledger/fact.ts",
  "ledger/stored-fact.ts",
  "ledger/stream.ts",
];

const sdkImports = ["@parley/protocol", "jose", "zod", "ws"];

export const rooms: readonly Room[] = [
  { name: "protocol", holds: ["packages/protocol/src/"], mayImport: ["zod", "canonicalize"] },

  // The broker, in the order an envelope takes.
  {
    name: "admission",
    holds: [`${broker}/admission/`],
    mayImport: [
      "@parley/protocol",
      "type relay.ts",
      "records",
      "type outbox/wire.ts",
      "type governance/command.ts",
      "type governance/entities.ts",
      "type governance/workgroup/workgroup-commands.ts",
      "type governance/workgroup/workgroup-entities.ts",
      "type governance/engagement-commands.ts",
      "type governance/engagement-entities.ts",
      "type governance/session/envelope-entities.ts",
      "type governance/question.ts",
      "type governance/verdict.ts",
      "clock.ts",
      "keys.ts",
      "turn.ts",
      "fastify",
      "@fastify/websocket",
      "@fastify/swagger",
      "fastify-type-provider-zod",
      "jose",
      "zod",
      "pino",
      "node:",
    ],
  },
  { name: "governance", holds: [`${broker}/governance/`], mayImport: ["@parley/protocol"] },
  {
    name: "ledger/memory",
    holds: [`${broker}/ledger/memory/`],
    // By what an agent stands in a workgroup is one rule; SQLite says the same in its statements.
    mayImport: ["ledger", "type governance", "governance/reach.ts", "@parley/protocol", "node:"],
  },
  {
    name: "ledger/sqlite",
    holds: [`${broker}/ledger/sqlite/`],
    mayImport: ["ledger", "type governance", "@parley/protocol", "better-sqlite3", "drizzle-orm", "node:"],
  },
  {
    name: "ledger",
    holds: [`${broker}/ledger/`],
    mayImport: ["governance", "clock.ts", "turn.ts", "@parley/protocol", "node:crypto"],
  },
  {
    name: "outbox",
    holds: [`${broker}/outbox/`],
    mayImport: [
      ...portAndFacts,
      "type governance",
      "@parley/protocol",
      "clock.ts",
      "lanes.ts",
      "tally.ts",
      "turn.ts",
    ],
  },
  {
    name: "records",
    holds: [`${broker}/records/`],
    mayImport: [
      ...portAndFacts,
      // Proofs: read through the port, like everything else here.
      "ledger/log-tree.ts",
      "ledger/seconds.ts",
      "governance",
      "@parley/protocol",
      "evidence-crypto.ts",
      // What was is told from the rows that the one projection makes of facts.
      "ledger/replay.ts",
      "lanes.ts",
      "tally.ts",
      "turn.ts",
    ],
  },
  // The only file that names adapters.
  {
    name: "broker.ts",
    holds: [`${broker}/broker.ts`],
    mayImport: ["ledger/memory", "ledger/sqlite", "root", ...root],
  },
  { name: "root", holds: [`${broker}/*`], mayImport: ["broker.ts", ...root] },

  // Only these files of the SDK know that there is such a thing as Node.
  {
    name: "agent-sdk on node",
    holds: [`${sdk}/file-identity.ts`, `${sdk}/file-identity-platform.ts`, `${sdk}/web-socket.ts`],
    mayImport: ["agent-sdk", "node:", ...sdkImports],
  },
  { name: "agent-sdk", holds: [`${sdk}/`], mayImport: ["agent-sdk on node", ...sdkImports] },
  {
    name: "cli",
    holds: ["packages/cli/src/"],
    mayImport: ["@parley/broker", "@parley/agent-sdk", "@parley/protocol", "commander", "zod", "node:"],
  },
  {
    name: "demo-macro-pulse",
    holds: ["packages/demo-macro-pulse/src/"],
    mayImport: ["@parley/agent-sdk", "@parley/protocol", "node:"],
  },
];
