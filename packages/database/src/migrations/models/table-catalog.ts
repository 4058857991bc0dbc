import { quote } from "../../identifier.ts";
import type { ColumnDefinition, TableDefinition as ModelTable } from "../../model/table-definition.ts";
import type { Catalog, CatalogColumn, CatalogEnum, CatalogSequence, CatalogTable } from "../catalog/catalog.ts";
import { key, plain } from "../catalog/key.ts";
import { sequenceName } from "../catalog/read/sequence.ts";
import { given, nameIn, nameOf } from "../catalog/words.ts";
import { isSame } from "../compare/call.ts";
import type { Name } from "../operations/identifier.ts";
import type { Row } from "./expressions.ts";
import { samePolicies, sameTriggers } from "./others.ts";
import { constraintsOf, indexesOf, type Surroundings } from "./parts.ts";
import { Doubt, declared, type Words } from "./words.ts";

/** Models' tables as a catalog has them, and the sequences of their serial columns. */
export class TableCatalog {
  readonly sequences: CatalogSequence[] = [];
  readonly #live: Catalog;
  readonly #words: Words;
  readonly #tables: ReadonlyMap<string, CatalogTable>;
  readonly #enums: ReadonlyMap<string, CatalogEnum>;

  constructor(live: Catalog, words: Words) {
    this.#live = live;
    this.#words = words;
    this.#tables = new Map(live.tables.map((table) => [table.key, table]));
    this.#enums = new Map(live.enums.map((one) => [one.key, one]));
  }

  read(table: ModelTable): CatalogTable {
    const { defaultSchema, role } = this.#live;
    const { schema = defaultSchema, name, comment, partitionBy, rowSecurity } = table;
    const was = this.#tables.get(key("table", schema, name));
    let row: Row | undefined;
    const around: Surroundings = {
      table,
      schema,
      defaultSchema,
      was,
      words: this.#words,
      nameOf: (inSchema = defaultSchema, wanted) => this.#nameOf(inSchema, wanted),
      row: () => (row ??= this.#rowOf(table)),
    };
    const columns = table.columns.map((column) => this.#column(column, around));
    return given({
      key: key("table", schema, name),
      needs: [],
      comment,
      owner: role,
      name: this.#nameOf(schema, name),
      kind: partitionBy === undefined ? ("table" as const) : ("partitioned" as const),
      partitionBy: partitionBy && this.#partitionBy(table, was),
      rowSecurity: rowSecurity === "disabled" ? undefined : { enabled: true, forced: rowSecurity === "forced" },
      columns,
      constraints: constraintsOf(around),
      indexes: indexesOf(around),
      triggers: was && table.triggers.length > 0 ? sameTriggers(was, table, this.#words.tried(table)) : [],
      policies: was && table.policies.length > 0 ? samePolicies(was, table, this.#words.tried(table)) : [],
    }) as CatalogTable;
  }

  /** A model quotes columns always. */
  #partitionBy(table: ModelTable, was: CatalogTable | undefined): string {
    const unquoted = table.partitionBy!.replace(/"([a-z_][a-z0-9_]*)"/g, "$1");
    if (was === undefined || was.partitionBy === unquoted) return unquoted;
    return this.#words.tried(table)?.partitionBy ?? unquoted;
  }

  /** As the database has it, where PostgreSQL's own of that name need the schema to be said. */
  #nameOf(schema: string, name: string): Name {
    return this.#tables.get(key("table", schema, name))?.name ?? nameIn(schema, name, this.#live.defaultSchema);
  }

  #enumKey(column: ColumnDefinition): string | undefined {
    return column.enum && key("type", column.enum.schema ?? this.#live.defaultSchema, column.enum.name);
  }

  /** @throws {Doubt} when PostgreSQL does not know a type of it yet. */
  #rowOf({ columns }: ModelTable): Row {
    for (const column of columns) {
      const type = this.#enumKey(column);
      if (type !== undefined && !this.#enums.has(type)) throw new Doubt();
    }
    return new Map(columns.map((column) => [column.name, declared(column)]));
  }

  #column(column: ColumnDefinition, { table, schema, was: before, row }: Surroundings): CatalogColumn {
    const { name, type, comment, identity, collation, storage, compression } = column;
    const was = before?.columns.find((one) => one.name === name);
    const enumKey = this.#enumKey(column);
    const words = this.#words.type(type, enumKey === undefined ? type : this.#enumType(column), enumKey, was);
    const isKnown = enumKey === undefined || this.#enums.has(enumKey);
    const isSerial = column.isSerial ? this.#serial(table, schema, name, type) : undefined;
    const old = was?.definition;
    const isOther = <Value>(now: Value | undefined, then: Value | undefined): boolean =>
      old !== undefined && now !== undefined && !isSame(now, then);
    const isUnsure = isOther<unknown>(collation, old?.collation) || isOther(storage, old?.storage);
    const tried = isUnsure ? this.#words.tried(table)?.columns.find((one) => one.name === name)?.definition : undefined;
    const { default: fallback, generated } = column;
    const isKey = table.primaryKey?.columns.includes(name) === true;
    const definition = given({
      type: words.type,
      nullable: (column.nullable && !isKey && identity === undefined && !column.isSerial) || undefined,
      default: isSerial?.default ?? (fallback && this.#words.default(fallback, column, isKnown, old?.default)),
      generated: generated && this.#words.generated(generated, column, row, old?.generated),
      identity: identity && (column.counting === undefined ? identity : { generated: identity, ...column.counting }),
      collation: tried === undefined ? collation : tried.collation,
      storage: tried === undefined ? storage : tried.storage,
      compression,
      comment,
    });
    const isAlike = old !== undefined && old.default === definition.default && old.generated === definition.generated;
    return given({
      key: key("column", schema, table.name, name),
      needs:
        isAlike && was!.userType === words.userType
          ? was!.needs
          : [...(words.userType === undefined ? [] : [words.userType]), ...(isSerial?.needs ?? [])],
      comment,
      name,
      definition,
      base: words.base,
      userType: words.userType,
      from: generated === undefined ? undefined : isAlike ? was!.from : [],
    }) as CatalogColumn;
  }

  /** An enum as a catalog has it, `mood[]`; a model quotes it always. */
  #enumType({ type, enum: definition }: ColumnDefinition): string {
    const { schema, name } = definition!;
    const quoted = schema === undefined ? quote(name) : `${quote(schema)}.${quote(name)}`;
    if (!type.startsWith(quoted)) throw new Doubt();
    const where = schema ?? this.#live.defaultSchema;
    const own = where === this.#live.defaultSchema ? plain(name) : `${plain(where)}.${plain(name)}`;
    return own + type.slice(quoted.length);
  }

  #serial(table: ModelTable, schema: string, column: string, type: string): { default: string; needs: string[] } {
    const { role, defaultSchema, sequences } = this.#live;
    const owner = key("column", schema, table.name, column);
    const name = sequenceName(table.name, column);
    const id = key("sequence", schema, name);
    const is = sequences.find((one) => one.key === id && one.ownedBy === owner && one.isSerial === true);
    const where = nameIn(schema, table.name, defaultSchema);
    const made: CatalogSequence = {
      key: id,
      needs: [],
      owner: role,
      name: nameIn(schema, name, defaultSchema),
      definition: given({
        type: type === "bigint" ? undefined : (type as "smallint" | "integer"),
        ownedBy: nameOf(
          ...(typeof where === "string" && where === table.name ? [where] : [schema, table.name]),
          column,
        ),
      }),
      ownedBy: owner,
      isSerial: true,
    };
    if (is !== undefined && is.definition.type !== made.definition.type) throw new Doubt();
    this.sequences.push(is ?? made);
    const text = `${plain(schema)}.${plain(name)}`.replaceAll("'", "''");
    return { default: `nextval('${text}'::regclass)`, needs: [id] };
  }
}
