/** Syntax trees for the rules. The compiler has no interface for this that is promised to stay; oxc-parser has. */
import { type Program, parseSync, Visitor, type VisitorObject } from "oxc-parser";
import type { SourceFile } from "./source-tree.js";

const parsed = new Map<string, Program>();

/** A file that cannot be parsed must not pass as one without offences. */
export function parse(file: SourceFile): Program {
  const key = `${file.path}\0${file.text}`;
  const known = parsed.get(key);
  if (known) return known;
  const { program, errors } = parseSync(file.path, file.text);
  const [error] = errors;
  if (error) throw new SyntaxError(`${file.path}: ${error.message}`);
  parsed.set(key, program);
  return program;
}

export function visit(file: SourceFile, visitor: VisitorObject): void {
  new Visitor(visitor).visit(parse(file));
}

/** The line, from 1, at which an offset lies. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}
