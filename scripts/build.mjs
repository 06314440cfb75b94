/** Compiles the packages. The compiler itself knows what has changed: nothing is built twice. */
import { bootstrap } from "./bootstrap.mjs";
import { isEntry, main, run, Stop, tool } from "./workspace.mjs";

export async function build() {
  const code = await run(process.execPath, [tool("typescript", "tsc"), "-b"]);
  if (code !== 0) throw new Stop("The build failed; see above.");
}

if (isEntry(import.meta.url)) {
  await main(async () => {
    await bootstrap();
    await build();
  });
}
