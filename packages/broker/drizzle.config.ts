/** `npx drizzle-kit generate` in this folder writes what has changed in the schema as the next migration. */
import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "sqlite",
  schema: "./src/ledger/sqlite/*schema.ts",
  out: "../../migrations/sqlite",
});
