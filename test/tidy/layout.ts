/** How files are named, how large they and their functions are, and that no room has a barrel. */
import type { ArrowFunctionExpression, CallExpression, Function as FunctionNode } from "oxc-parser";
import type { Finding, SourceFile } from "./source-tree.js";
import { lineAt, parse, visit } from "./syntax.js";

export const fileLinesMax = 300;
export const functionLinesMax = 60;

const bannedWord = /^(manager|service|helper|util|common|base|impl|misc)s?$/;
const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*$/;

export function fileNames(paths: readonly string[]): Finding[] {
  return paths.flatMap((path): Finding[] => {
    const stem = path.slice(path.lastIndexOf("/") + 1).replace(/\.[a-z]+$/, "");
    const parts = stem.split(".");
    const banned = parts.flatMap((part) => part.split("-")).find((word) => bannedWord.test(word));
    if (banned !== undefined) {
      return [
        {
          rule: "file-name",
          path,
          message: `"${banned}" says nothing: name the noun, or the one verb it does`,
        },
      ];
    }
    if (parts.every((part) => kebabCase.test(part))) return [];
    return [{ rule: "file-name", path, message: "is not in kebab-case" }];
  });
}

/** A file that only passes on what others export is a barrel, whatever its name. */
function isBarrel(file: SourceFile): boolean {
  const { body } = parse(file);
  const passesOn = body.every(
    (node) =>
      node.type === "ExportAllDeclaration" ||
      (node.type === "ExportNamedDeclaration" && node.source !== null),
  );
  return body.length > 0 && passesOn;
}

export function barrels(files: readonly SourceFile[]): Finding[] {
  return files.flatMap((file): Finding[] => {
    if (/^packages\/[^/]+\/src\/index\.ts$/.test(file.path)) return [];
    if (!/(^|\/)index\.ts$/.test(file.path) && !isBarrel(file)) return [];
    return [{ rule: "barrel", path: file.path, message: "is a barrel: only a package has an index" }];
  });
}

export function fileSizes(files: readonly SourceFile[]): Finding[] {
  return files.flatMap(({ path, text }): Finding[] => {
    const size = text.replace(/\n$/, "").split("\n").length;
    if (size <= fileLinesMax) return [];
    return [{ rule: "file-lines", path, size, message: `has ${size} lines, ${fileLinesMax} at most` }];
  });
}

/** The functions given to `describe` only hold tests together: their length is the file's affair. */
function isDescribe(call: CallExpression): boolean {
  const { callee } = call;
  if (callee.type === "Identifier") return callee.name === "describe";
  if (callee.type === "CallExpression") return isDescribe(callee);
  return (
    callee.type === "MemberExpression" &&
    callee.object.type === "Identifier" &&
    callee.object.name === "describe"
  );
}

export function functionSizes(files: readonly SourceFile[]): Finding[] {
  return files.flatMap((file) => {
    const findings: Finding[] = [];
    const exempt = new Set<unknown>();
    const measure = (node: FunctionNode | ArrowFunctionExpression): void => {
      if (exempt.has(node)) return;
      const line = lineAt(file.text, node.start);
      const size = lineAt(file.text, node.end) - line + 1;
      if (size <= functionLinesMax) return;
      const message = `has a function of ${size} lines, ${functionLinesMax} at most`;
      findings.push({ rule: "function-lines", path: file.path, line, size, message });
    };
    visit(file, {
      CallExpression: (call) => {
        if (isDescribe(call)) for (const argument of call.arguments) exempt.add(argument);
      },
      FunctionDeclaration: measure,
      FunctionExpression: measure,
      ArrowFunctionExpression: measure,
    });
    return findings;
  });
}
