/**
 * An application behind the SDK, in a process of its own that may be killed at any moment: for each envelope it does one
 * thing, a line at the end of a file, and keeps the cursor in that same line, or keeps none and trusts what comes again.
 */
import { appendFileSync, readFileSync } from "node:fs";

const [broker, identityFile, session, keeps, effects] = process.argv.slice(2);
const sdk = await import(new URL("../../../packages/agent-sdk/dist/index.js", import.meta.url).href);

const cursors = readFileSync(effects, "utf8")
  .split("\n")
  .slice(0, -1)
  .map((line) => line.split(" ")[1]);
const cursor = keeps === "cursor" ? cursors.at(-1) : undefined;

const identity = await sdk.fileIdentity(identityFile);
const agent = await sdk.Agent.connect({ broker, identity });
const talk = await agent.resume(session, cursor === undefined ? {} : { cursor });
for await (const envelope of talk)
  appendFileSync(effects, `${envelope.n} ${envelope.cursor} ${envelope.id}\n`);
appendFileSync(`${effects}.ended`, "ended\n");
await agent.close();
