import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const packagesFolder = fileURLToPath(new URL("./packages/", import.meta.url));

/** Unit and contract tests run the sources as they stand; only the system tests need a build. */
const sources = [
  {
    find: /^@parley\/(protocol|broker|agent-sdk|cli|demo-macro-pulse)$/,
    replacement: `${packagesFolder}$1/src/index.ts`,
  },
];

export default defineConfig({
  test: {
    passWithNoTests: true,
    projects: [
      {
        resolve: { alias: sources },
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.ts"],
          sequence: { groupOrder: 0 },
        },
      },
      {
        resolve: { alias: sources },
        test: {
          name: "contract",
          include: ["packages/broker/src/**/*.contract.ts"],
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "system",
          include: ["test/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // These start real processes: after everything else, one file at a time.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
