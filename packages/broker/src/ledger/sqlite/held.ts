/**
 * Opens databases whose objects are never given back to the collector. From Node 24.19 on the process aborts when the
 * driver's statements are collected (its destructor asks for an environment that is not entered then). They are small,
 * and there are few: each statement is prepared once.
 */
import Database from "better-sqlite3";

type Prepare = Database.Database["prepare"];
type Statement = Database.Statement<[], unknown>;

const held: object[] = [];

export function openDatabase(path: string, options?: Database.Options): Database.Database {
  const db = new Database(path, options);
  const prepare: Prepare = db.prepare.bind(db);
  const pragmas = new Map<string, Statement>();
  const preparePragma = (source: string): Statement => {
    const known = pragmas.get(source) ?? prepare<[], unknown>(`PRAGMA ${source}`);
    pragmas.set(source, known);
    return known;
  };
  const holding = {
    prepare: ((source: string) => {
      const statement = prepare(source);
      held.push(statement);
      return statement;
    }) as Prepare,
    /** As the driver's own, which makes a statement each time and lets it go. */
    pragma: (source: string, { simple = false }: Database.PragmaOptions = {}): unknown => {
      const statement = preparePragma(source);
      if (statement.reader) return simple ? statement.pluck(true).get() : statement.pluck(false).all();
      statement.run();
      return simple ? undefined : [];
    },
  };
  held.push(db, pragmas);
  return Object.assign(db, holding);
}
