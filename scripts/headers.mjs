/** Finds the C headers of the node that runs this, so that native code compiles without a download. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ask } from "./workspace.mjs";

/** True when `folder`/include/node describes exactly this node's binary interface. */
function fits(folder) {
  const file = join(folder, "include/node/node_version.h");
  if (!existsSync(file)) return false;
  const found = /define\s+NODE_MODULE_VERSION\s+(\d+)/.exec(readFileSync(file, "utf8"));
  return found?.[1] === process.versions.modules;
}

/**
 * The folder to give as `nodedir`, or undefined when there is none here: node-gyp then downloads the headers.
 * The configured folder comes first, but only if it is this node's: native code that was compiled against
 * another version's headers does not load.
 */
export function headersFolder() {
  const besideNode = dirname(dirname(process.execPath));
  const candidates = [
    () => process.env.npm_config_nodedir,
    () => besideNode,
    () => ask("npm", ["config", "get", "nodedir"]),
  ];
  for (const candidate of candidates) {
    const folder = candidate();
    if (folder && fits(folder)) return folder;
  }
  return undefined;
}
