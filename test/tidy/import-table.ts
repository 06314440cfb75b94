/** Holds every shipped file to the import table in `rooms.ts`. */
import { type Import, importsOf } from "./imports.js";
import { type Room, rooms } from "./rooms.js";
import { type Finding, isSource, isTestCode, type SourceFile } from "./source-tree.js";

function holds(pattern: string, path: string): boolean {
  if (pattern.endsWith("/")) return path.startsWith(pattern);
  if (!pattern.endsWith("/*")) return path === pattern;
  const folder = pattern.slice(0, -1);
  return path.startsWith(folder) && !path.slice(folder.length).includes("/");
}

export function roomOf(path: string): Room | undefined {
  return rooms.find((room) => room.holds.some((pattern) => holds(pattern, path)));
}

/** `packages/broker/src/ledger/store.ts` is the table's `ledger/store.ts`. */
const inPackage = (path: string): string => path.replace(/^packages\/[^/]+\/src\//, "");

const packageOf = (path: string): string => path.split("/").slice(0, 2).join("/");

/** Whether an entry of the table, its `type ` taken off, names what is imported. */
function names(entry: string, imported: Import): boolean {
  const { file, specifier } = imported;
  if (specifier.startsWith(".")) {
    if (file === undefined || packageOf(file) !== packageOf(imported.from)) return false;
    return entry === inPackage(file) || entry === roomOf(file)?.name;
  }
  if (entry === "node:") return specifier.startsWith("node:");
  if (entry.startsWith("@parley/") || entry.startsWith("node:")) return specifier === entry;
  return specifier === entry || specifier.startsWith(`${entry}/`);
}

function isAllowed(room: Room, imported: Import): boolean {
  if (imported.specifier.startsWith(".") && names(room.name, imported)) return true;
  return room.mayImport.some((entry) => {
    const typesOnly = entry.startsWith("type ");
    if (typesOnly && !imported.typesOnly) return false;
    return names(typesOnly ? entry.slice("type ".length) : entry, imported);
  });
}

function judge(room: Room, imported: Import): string | undefined {
  if (imported.file !== undefined && isTestCode(imported.file))
    return `imports test code: ${imported.specifier}`;
  if (isAllowed(room, imported)) return undefined;
  if (!imported.typesOnly && isAllowed(room, { ...imported, typesOnly: true })) {
    return `${room.name} may import ${imported.specifier} with "import type" only`;
  }
  return `${room.name} may not import ${imported.specifier}`;
}

export function importTable(files: readonly SourceFile[]): Finding[] {
  return files
    .filter((file) => isSource(file.path) && file.path.endsWith(".ts"))
    .flatMap((file): Finding[] => {
      const room = roomOf(file.path);
      if (room === undefined) {
        return [{ rule: "import-table", path: file.path, message: "lies in no room of test/tidy/rooms.ts" }];
      }
      return importsOf(file).flatMap((imported) => {
        const message = judge(room, imported);
        return message === undefined
          ? []
          : [{ rule: "import-table", path: file.path, line: imported.line, message }];
      });
    });
}
