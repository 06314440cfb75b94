/**
 * Node's own modules, asked for when they are needed. `process.getBuiltinModule` is there for this: unlike an import,
 * even a dynamic one, no bundler tries to follow it, so the SDK's one index loads in a browser.
 */
import type * as fs from "node:fs/promises";
import type * as os from "node:os";
import type * as path from "node:path";
import { ParleyFault } from "./fault.js";

export interface FilePlatform {
  readonly fs: typeof fs;
  readonly os: typeof os;
  readonly path: typeof path;
  readonly process: NodeJS.Process;
}

export function filePlatform(): FilePlatform {
  const node = globalThis.process;
  if (typeof node?.getBuiltinModule !== "function") {
    throw new ParleyFault(
      "fileIdentity needs files: use memoryIdentity, or an Identity of your own",
      "never",
    );
  }
  return {
    fs: node.getBuiltinModule("node:fs/promises"),
    os: node.getBuiltinModule("node:os"),
    path: node.getBuiltinModule("node:path"),
    process: node,
  };
}
