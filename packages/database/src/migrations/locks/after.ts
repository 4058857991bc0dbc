import { Words } from "../operations/words.ts";
import type { ColumnText } from "./column-definition.ts";
import { type Action, type ConstraintText, readStatement, type Statement } from "./statement.ts";
import { type KnownConstraint, type KnownTable, knownTable, type Surroundings, tableKey } from "./surroundings.ts";

type Tables = Record<string, KnownTable>;

/** What is known once a statement has run, in the revision that has made the tables which are new. */
export function after(surroundings: Surroundings, sql: string): Surroundings {
  const statement = readStatement(sql);
  // Without a prototype: a table may be called "constructor".
  const tables: Tables = Object.assign(Object.create(null), surroundings.tables);
  const { verb, name } = statement;
  switch (verb) {
    case "create table":
      createTable(tables, statement);
      break;
    case "create view":
    case "create or replace view":
      tables[name] = knownTable({ kind: "view", isNew: tables[name]?.isNew ?? true });
      break;
    case "create materialized view":
      tables[name] = knownTable({ kind: "materialized view", isNew: true });
      break;
    case "create index":
      createIndex(tables, statement);
      break;
    case "drop index":
      for (const index of statement.names) dropIndex(tables, index);
      break;
    case "drop table":
    case "drop view":
    case "drop materialized view":
      for (const gone of statement.names) delete tables[gone];
      break;
    case "alter table":
      for (const action of statement.actions) alterTable(tables, tables[name] === undefined ? "" : name, action);
      break;
    case "create domain":
    case "create type":
      return { ...surroundings, domains: withType(surroundings, statement) };
  }
  return { ...surroundings, tables };
}

/** What is known when the revision has run: nothing is new any more. */
export function settled(surroundings: Surroundings): Surroundings {
  const tables = Object.entries(surroundings.tables ?? {}).map(([name, table]) => [name, { ...table, isNew: false }]);
  return { ...surroundings, tables: Object.fromEntries(tables) };
}

function withType({ domains }: Surroundings, { verb, name, rest }: Statement): Surroundings["domains"] {
  if (verb === "create type") return domains;
  const words = new Words(rest);
  words.take("as");
  const column = columnLike(words);
  return { ...domains, [name]: { ...column, tables: [] } };
}

function columnLike(words: Words): { readonly type: string; readonly isChecked: boolean } {
  const ends = ["collate", "default", "constraint", "not", "null", "check"];
  const type = words.until((next) => ends.some((word) => next.is(word)));
  return { type, isChecked: /\bcheck\s*\(|\bnot\s+null\b/i.test(words.rest) };
}

function createTable(tables: Tables, { name, actions, rest }: Statement): void {
  if (tables[name] !== undefined) return; // IF NOT EXISTS
  const isPartitioned = /\bpartition\s+by\b/i.test(rest);
  const [, key] = /\bpartition\s+by\s+((?:range|list|hash)\s*\([^)]*\))/i.exec(rest) ?? [];
  tables[name] = knownTable({
    kind: isPartitioned ? "partitioned" : "table",
    isNew: true,
    ...(key === undefined ? {} : { partitionKey: key.replace(/^\w+/, (word) => word.toUpperCase()) }),
  });
  for (const action of actions) alterTable(tables, name, action);
  const words = new Words(rest);
  const parents = words.take("partition", "of")
    ? [words.name()]
    : words.take("inherits")
      ? namesIn(words.inParentheses() ?? "")
      : [];
  for (const parent of parents) {
    if (parent === undefined) continue;
    const key = tableKey(parent.parts);
    const known = tables[key];
    if (known === undefined) continue;
    tables[key] = { ...known, children: [...known.children, name] };
    tables[name] = { ...tables[name]!, columns: { ...known.columns, ...tables[name]!.columns } };
  }
}

function namesIn(list: string): readonly ReturnType<Words["name"]>[] {
  return new Words(list).list().map((part) => new Words(part).name());
}

function createIndex(tables: Tables, { name, table = "", keys, isPlain, rest }: Statement): void {
  const known = tables[table];
  if (known === undefined) return;
  // What PostgreSQL calls one that has no name, as long as the name is free.
  const index = name === "" ? `${table}_${keys.join("_")}_idx` : name;
  const columns = [
    ...new Set([...keys, ...(rest.match(/\w+/g) ?? []).filter((word) => Object.hasOwn(known.columns, word))]),
  ];
  tables[table] = {
    ...known,
    indexes: {
      ...known.indexes,
      [index]: { keys, columns, isPlain },
    },
  };
}

function dropIndex(tables: Tables, index: string): void {
  for (const [name, known] of Object.entries(tables)) {
    if (!Object.hasOwn(known.indexes, index)) continue;
    const { [index]: _, ...indexes } = known.indexes;
    tables[name] = { ...known, indexes };
  }
}

function alterTable(tables: Tables, name: string, action: Action): void {
  const known = tables[name];
  if (known === undefined) return;
  const set = (changes: Partial<KnownTable>): void => {
    tables[name] = { ...known, ...changes };
  };
  const column = (of: string, changes: object): void => {
    const was = known.columns[of];
    if (was !== undefined) set({ columns: { ...known.columns, [of]: { ...was, ...changes } } });
  };
  switch (action.kind) {
    case "add column":
      return void addColumn(tables, name, action.column);
    case "add constraint":
      return void addConstraint(tables, name, action);
    case "validate constraint": {
      const was = known.constraints[action.name];
      if (was !== undefined) set({ constraints: { ...known.constraints, [action.name]: { ...was, isValid: true } } });
      return;
    }
    case "drop constraint": {
      const { [action.name]: _, ...constraints } = known.constraints;
      const { [action.name]: __, ...indexes } = known.indexes;
      return void set({ constraints, indexes });
    }
    case "drop column": {
      const { [action.name]: _, ...columns } = known.columns;
      return void set({
        columns,
        constraints: without(known.constraints, action.name),
        indexes: without(known.indexes, action.name),
      });
    }
    case "alter type":
      return void column(action.name, { type: action.type });
    case "set not null":
      return void column(action.name, { isNotNull: true });
    case "drop not null":
      return void column(action.name, { isNotNull: false });
    case "rename column": {
      const { [action.name]: was, ...columns } = known.columns;
      return void set({ columns: was === undefined ? columns : { ...columns, [action.to]: was } });
    }
    case "rename":
    case "set schema": {
      const parts = name.split(".");
      const to = action.kind === "rename" ? [...parts.slice(0, -1), action.to] : [action.to, parts.at(-1)!];
      delete tables[name];
      tables[tableKey(to)] = known;
      return;
    }
    case "attach partition":
      return void set({ children: [...known.children, action.name] });
    case "detach partition":
      return void set({ children: known.children.filter((child) => child !== action.name) });
  }
}

/** What does not go with a column. */
function without<Part extends { readonly columns: readonly string[] }>(
  parts: Readonly<Record<string, Part>>,
  column: string,
): Readonly<Record<string, Part>> {
  return Object.fromEntries(Object.entries(parts).filter(([, { columns }]) => !columns.includes(column)));
}

function addColumn(tables: Tables, name: string, column: ColumnText): void {
  const known = tables[name]!;
  const type = column.type.replace(/^(small|big|)serial$/i, (_, size: string) => `${size.toLowerCase()}int`);
  const { isNotNull, isIdentity, references, isUnique, isPrimary, check } = column;
  const isFull = isNotNull || type !== column.type; // serial is NOT NULL
  tables[name] = { ...known, columns: { ...known.columns, [column.name]: { type, isNotNull: isFull, isIdentity } } };
  const add = (constraint: Partial<ConstraintText> & Pick<ConstraintText, "type">): void =>
    addConstraint(tables, name, {
      kind: "add constraint",
      name: column.names?.[constraint.type],
      columns: [column.name],
      expression: "",
      references: undefined,
      isNotValid: false,
      usingIndex: undefined,
      ...constraint,
    });
  if (check !== undefined) add({ type: "check", expression: check });
  if (isUnique) add({ type: "unique" });
  if (isPrimary) add({ type: "primary key" });
  if (references !== undefined) add({ type: "foreign key", references: tableKey(references) });
}

/** What PostgreSQL calls one that has no name, as long as the name is free. */
function nameOf(table: string, { type, columns }: ConstraintText): string {
  const bare = table.split(".").at(-1)!;
  const end = { check: "check", "foreign key": "fkey", unique: "key", "primary key": "pkey", exclude: "excl" }[type];
  return type === "primary key" ? `${bare}_${end}` : [bare, ...columns, end].join("_");
}

function addConstraint(tables: Tables, table: string, added: ConstraintText): void {
  const known = tables[table]!;
  const { type, expression, references, isNotValid } = added;
  const name = added.name ?? nameOf(table, added);
  const mentioned = (expression.match(/\w+/g) ?? []).filter((word) => Object.hasOwn(known.columns, word));
  const columns = type === "check" ? [...new Set([...added.columns, ...mentioned])] : added.columns;
  const kind: KnownConstraint["kind"] = type === "exclude" ? "exclusion" : type;
  const constraint = { kind, isValid: !isNotValid, columns, expression, references };
  const isKey = ["unique", "primary key", "exclude"].includes(type);
  const columnsNow = { ...known.columns };
  if (type === "primary key") {
    for (const column of columns) {
      const was = columnsNow[column];
      if (was !== undefined) columnsNow[column] = { ...was, isNotNull: true };
    }
  }
  const keys = added.usingIndex === undefined ? columns : (known.indexes[added.usingIndex]?.keys ?? columns);
  tables[table] = {
    ...known,
    columns: columnsNow,
    constraints: { ...known.constraints, [name]: constraint },
    indexes: isKey ? { ...known.indexes, [name]: { keys, columns: keys, isPlain: true } } : known.indexes,
  };
  const other = references === undefined ? undefined : tables[references];
  if (other !== undefined && references !== undefined) {
    tables[references] = { ...other, referencedBy: [...other.referencedBy, { table, columns: [] }] };
  }
}
