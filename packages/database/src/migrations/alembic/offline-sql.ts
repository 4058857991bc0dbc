import { DefinitionError } from "../../errors.ts";
import { splitStatements } from "../operations/split-statements.ts";
import { tokenize } from "../operations/tokenize.ts";

export type Direction = "upgrade" | "downgrade";

/** What a revision does in one direction. */
export interface Body {
  readonly statements: readonly string[];
  /** Whether Alembic ends its transaction for it, as for CREATE INDEX CONCURRENTLY. */
  readonly outside: boolean;
}

/** A body, or why there is none. */
export type Taken = { readonly body: Body } | { readonly problem: string };

/** What one run of Alembic's offline mode wrote. */
export interface OfflineSql {
  /** Statements before the first revision, besides Alembic's own. */
  readonly before: readonly string[];
  /** By revision, in the order of the run. */
  readonly parts: ReadonlyMap<string, Taken>;
  /** Statements behind the version rows, which an `on_version_apply` of the project has added. */
  readonly after: readonly string[];
  /** The version table's name as Alembic writes it; undefined where the run did not make it. */
  readonly versionTable: string | undefined;
}

interface Marked {
  readonly revision: string;
  readonly downRevision: readonly string[];
}

/** The comment that Alembic writes before a revision. */
export function marker(direction: Direction, { revision, downRevision }: Marked): string {
  const down = downRevision.join(", ");
  return direction === "upgrade"
    ? `-- Running upgrade ${down} -> ${revision}`
    : `-- Running downgrade ${revision} -> ${down}`;
}

/**
 * Cuts what `alembic upgrade --sql` or `downgrade --sql` wrote into the revisions' own statements: without BEGIN and
 * COMMIT, the version table and the version rows.
 *
 * @param versionTable the name that another run gave it, for a run that does not make it.
 */
export function readOfflineSql(
  output: string,
  direction: Direction,
  revisions: readonly Marked[],
  versionTable = "alembic_version",
): OfflineSql {
  const ids = new Map(revisions.map((revision) => [marker(direction, revision), revision.revision]));
  const [preamble, ...pieces] = cut(output, ids);
  const create = /^CREATE TABLE (\S+) \(\s*version_num VARCHAR\(32\) NOT NULL[^;]*;/m.exec(preamble.text);
  const table = create?.[1] ?? versionTable;
  const parts = new Map<string, Taken>();
  const after: string[] = [];
  for (const { id, text } of pieces) {
    // A marker that comes twice was once in a text: neither piece can be trusted.
    if (parts.has(id)) parts.set(id, { problem: "Alembic's output has its marker twice" });
    else
      parts.set(
        id,
        orProblem(() => readPiece(text, table, after)),
      );
  }
  const rest = preamble.text.replace(create?.[0] ?? "", "");
  const before = orProblem(() => ({ statements: statementsOf(readItems(rest)), outside: false }));
  return {
    before: "body" in before ? before.body.statements : [preamble.text.trim()],
    parts,
    after,
    versionTable: create?.[1],
  };
}

interface Piece {
  readonly id: string;
  readonly text: string;
}

function cut(output: string, ids: ReadonlyMap<string, string>): readonly [Piece, ...Piece[]] {
  const pieces: [{ id: string; lines: string[] }, ...{ id: string; lines: string[] }[]] = [{ id: "", lines: [] }];
  // A CR before LF may be of a text, and has to stay.
  for (const line of output.split("\n")) {
    const id = ids.get(line.replace(/\r$/, ""));
    if (id === undefined) pieces.at(-1)!.lines.push(line);
    else pieces.push({ id, lines: [] });
  }
  const joined = pieces.map(({ id, lines }) => ({ id, text: lines.join("\n") }));
  return joined as unknown as readonly [Piece, ...Piece[]];
}

function orProblem(read: () => Body): Taken {
  try {
    return { body: read() };
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    return { problem: error.message };
  }
}

/** Begins or ends a transaction, or a statement. */
type Item = { readonly control: true } | { readonly control: false; readonly text: string };

function readPiece(text: string, table: string, after: string[]): Body {
  const items = [...readItems(text)];
  const isRow = versionRow(table);
  const drop = `DROP TABLE ${table}`;
  const last = items.findLastIndex((item) => !item.control && isRow(item.text));
  if (last === -1) throw new DefinitionError("Alembic's output has no version row after it.");
  let first = last;
  while (first > 0 && isRowItem(items[first - 1]!, isRow)) first -= 1;
  after.push(...statementsOf(items.slice(last + 1)).filter((statement) => statement !== drop));
  const own = items.slice(0, first);
  const statements = statementsOf(own);
  for (const statement of statements) check(statement);
  return { statements, outside: own.some(({ control }) => control) };
}

/** @throws {DefinitionError} on what is no statement, or may say something else than the revision does. */
function check(statement: string): void {
  if (!COMMAND.test(withoutComments(statement))) {
    throw new DefinitionError(`Alembic's output has what is no statement of SQL: ${statement.slice(0, 60)}`);
  }
  for (const { kind, start, end } of tokenize(statement)) {
    // SQLAlchemy doubles backslashes while it is not told by a server that it should not, which offline it never is.
    if (kind === "string" && /^'.*\\\\/s.test(statement.slice(start, end))) {
      throw new DefinitionError("Alembic's output has two backslashes in a text; offline it writes two for one.");
    }
  }
}

function isRowItem(item: Item, isRow: (text: string) => boolean): boolean {
  return !item.control && isRow(item.text);
}

function statementsOf(items: readonly Item[]): readonly string[] {
  return items.flatMap((item) => (item.control ? [] : [item.text]));
}

/** The statements that keep the version rows, in SQLAlchemy's own words. */
function versionRow(table: string): (text: string) => boolean {
  const name = table.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const forms = [
    `INSERT INTO ${name} \\(version_num\\) VALUES \\('[^']*'\\)(?: RETURNING ${name}\\.version_num)?`,
    `UPDATE ${name} SET version_num='[^']*' WHERE ${name}\\.version_num = '[^']*'`,
    `DELETE FROM ${name} WHERE ${name}\\.version_num = '[^']*'`,
  ];
  const pattern = new RegExp(`^(?:${forms.join("|")})$`);
  return (text) => pattern.test(text);
}

/** Statements, and between them the BEGIN and COMMIT that Alembic writes, which no revision of ours may hold. */
function readItems(sql: string): readonly Item[] {
  const items: Item[] = [];
  const take = (text: string): void => {
    for (const { text: statement } of splitStatements(text)) items.push({ control: false, text: statement });
  };
  let from = 0;
  let statement: { start: number; words: string } | undefined;
  for (const { kind, start, end } of tokenize(sql)) {
    if (kind === "space" || kind === "comment") continue;
    const text = sql.slice(start, end);
    if (text !== ";") {
      statement = { start: statement?.start ?? start, words: `${statement?.words ?? ""} ${text}`.slice(0, 20) };
      continue;
    }
    if (statement !== undefined && /^ (?:begin|commit)$/i.test(statement.words)) {
      take(sql.slice(from, statement.start));
      items.push({ control: true });
      from = end;
    }
    statement = undefined;
  }
  take(sql.slice(from));
  return items;
}

function withoutComments(sql: string): string {
  for (const { kind, start } of tokenize(sql)) {
    if (kind !== "space" && kind !== "comment") return sql.slice(start);
  }
  return "";
}

/** What a statement begins with (PostgreSQL, "SQL Commands"). What a `print` in a revision wrote begins otherwise. */
const COMMAND =
  /^(?:\(|(?:alter|analy[sz]e|call|checkpoint|close|cluster|comment|copy|create|deallocate|declare|delete|discard|do|drop|execute|explain|fetch|grant|import|insert|listen|load|lock|merge|move|notify|prepare|reassign|refresh|reindex|release|reset|revoke|rollback|savepoint|security|select|set|show|table|truncate|unlisten|update|vacuum|values|with)\b)/i;
