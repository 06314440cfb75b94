/** `npm run format`: writes the format, sorts the imports and applies what the linter can safely put right. */
import { bootstrap } from "./bootstrap.mjs";
import { main, run, tool } from "./workspace.mjs";

await main(async () => {
  await bootstrap();
  const paths = process.argv.slice(2);
  return run(process.execPath, [tool("@biomejs/biome", "biome"), "check", "--write", ...paths]);
});
