/** Finds files that import each other in a circle, type imports counted. */
import { importsOf } from "./imports.js";
import type { Finding, SourceFile } from "./source-tree.js";

type Graph = ReadonlyMap<string, readonly string[]>;

function graphOf(files: readonly SourceFile[]): Graph {
  const known = new Set(files.map((file) => file.path));
  return new Map(
    files.map((file) => [
      file.path,
      importsOf(file).flatMap((imported) =>
        imported.file !== undefined && known.has(imported.file) ? [imported.file] : [],
      ),
    ]),
  );
}

/** The first circle on a walk from `start` through files that have not been cleared yet. */
function circleFrom(graph: Graph, start: string, cleared: Set<string>): string[] | undefined {
  const trail: string[] = [];
  const walk = (path: string): string[] | undefined => {
    const at = trail.indexOf(path);
    if (at !== -1) return [...trail.slice(at), path];
    if (cleared.has(path)) return undefined;
    trail.push(path);
    for (const next of graph.get(path) ?? []) {
      const circle = walk(next);
      if (circle) return circle;
    }
    trail.pop();
    cleared.add(path);
    return undefined;
  };
  return walk(start);
}

/** One finding for each circle that is met; breaking it may uncover the next. */
export function importCycles(files: readonly SourceFile[]): Finding[] {
  const graph = graphOf(files);
  const cleared = new Set<string>();
  const findings: Finding[] = [];
  for (const path of graph.keys()) {
    const circle = circleFrom(graph, path, cleared);
    if (!circle) continue;
    for (const member of circle) cleared.add(member);
    const [first = path] = circle;
    findings.push({ rule: "import-cycle", path: first, message: `imports itself: ${circle.join(" → ")}` });
  }
  return findings;
}
