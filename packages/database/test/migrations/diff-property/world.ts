import { BUILT_IN } from "./types.ts";

/*
 * A schema as a flat list of objects that name each other by number, so that one can be taken out, put in or changed without
 * knowing the rest. What depends on what is in the fields of `REFERENCES`.
 */

export type Id = number;

interface Base {
  readonly id: Id;
  readonly comment?: string | undefined;
}

/** An object with a name of its own in a schema; `schema` absent: public. */
interface Named extends Base {
  readonly schema?: Id | undefined;
  readonly name: string;
}

/** A part of a table. */
interface Part extends Base {
  readonly table: Id;
  readonly name: string;
}

export interface SchemaObject extends Base {
  readonly kind: "schema";
  readonly name: string;
}
export interface EnumObject extends Named {
  readonly kind: "enum";
  readonly values: readonly string[];
}
export interface DomainObject extends Named {
  readonly kind: "domain";
  readonly builtIn: string;
  /** Instead of the built-in type. */
  readonly userType?: Id | undefined;
  /** Which conditions there are. */
  readonly checks: readonly number[];
  readonly default?: number | undefined;
  readonly notNull: boolean;
}
export interface CompositeObject extends Named {
  readonly kind: "composite";
  readonly attributes: readonly (readonly [name: string, type: string])[];
}
export interface SequenceObject extends Named {
  readonly kind: "sequence";
  readonly options: string;
}
export interface OwnershipObject extends Base {
  readonly kind: "ownership";
  readonly sequence: Id;
  readonly column: Id;
}
export interface FunctionObject extends Named {
  readonly kind: "function";
  /** `plain` takes a number and is immutable, `fallback` takes nothing; the last four read a table. */
  readonly flavour: "plain" | "fallback" | "trigger" | "procedure" | "atomic" | "text" | "block" | "row";
  readonly argument: "integer" | "bigint" | "numeric";
  readonly parameter: string;
  readonly variant: number;
  readonly options: string;
  readonly table?: Id | undefined;
  readonly columns?: readonly Id[] | undefined;
  readonly calls?: Id | undefined;
}
export interface TableObject extends Named {
  readonly kind: "table";
  readonly partitionBy?: "list" | "range" | undefined;
  /** The column that it is partitioned by. */
  readonly key: string;
  readonly unlogged: boolean;
  readonly fillfactor?: number | undefined;
  readonly security: "" | "enable" | "enable, force";
  readonly identity: "default" | "full" | "nothing";
  readonly inherits?: Id | undefined;
  /** Whether it is wanted that there are rows. */
  readonly hasRows: boolean;
}
export interface PartitionObject extends Named {
  readonly kind: "partition";
  readonly parent: Id;
  /** The value of the key; undefined: the default partition. */
  readonly slot: number | undefined;
  readonly isDetached: boolean;
}
export interface ColumnObject extends Part {
  readonly kind: "column";
  readonly builtIn: string;
  /** Instead of the built-in type. */
  readonly userType?: Id | undefined;
  readonly isArray: boolean;
  readonly nullable: boolean;
  /** Which value is the default. */
  readonly default?: number | undefined;
  /** The function that gives the default. */
  readonly calls?: Id | undefined;
  /** The sequence that gives the default. */
  readonly next?: Id | undefined;
  readonly identity?: "always" | "by default" | undefined;
  /** The columns that it is computed from. */
  readonly columns?: readonly Id[] | undefined;
  readonly variant: number;
  readonly collation: boolean;
  readonly storage: "" | "external" | "main";
  readonly statistics?: number | undefined;
}
interface Key extends Part {
  readonly columns: readonly Id[];
  readonly include: readonly Id[];
  readonly options: string;
}
export interface PrimaryKeyObject extends Key {
  readonly kind: "primary key";
}
export interface UniqueObject extends Key {
  readonly kind: "unique";
}
export interface CheckObject extends Part {
  readonly kind: "check";
  readonly columns: readonly Id[];
  readonly variant: number;
  readonly calls?: Id | undefined;
  readonly options: string;
}
export interface ForeignKeyObject extends Part {
  readonly kind: "foreign key";
  readonly columns: readonly Id[];
  /** The primary key or unique constraint that it refers to. */
  readonly target: Id;
  readonly options: string;
}
export interface ExclusionObject extends Part {
  readonly kind: "exclusion";
  readonly columns: readonly Id[];
  readonly options: string;
}
export interface IndexObject extends Part {
  readonly kind: "index";
  readonly columns: readonly Id[];
  /** Per column how it is written: as it is, as an expression, descending. */
  readonly variant: number;
  readonly where?: Id | undefined;
  readonly calls?: Id | undefined;
  readonly include: readonly Id[];
  readonly isUnique: boolean;
  readonly method: "btree" | "hash" | "brin";
}
export interface ViewObject extends Named {
  readonly kind: "view";
  /** A table or a view. */
  readonly source: Id;
  readonly columns: readonly Id[];
  readonly where?: Id | undefined;
  readonly calls?: Id | undefined;
  readonly variant: number;
  readonly isMaterialized: boolean;
  readonly options: string;
}
export interface TriggerObject extends Part {
  readonly kind: "trigger";
  readonly function: Id;
  readonly events: string;
  /** UPDATE OF these. */
  readonly columns: readonly Id[];
  readonly where?: Id | undefined;
  readonly fires: "" | "disable" | "enable always" | "enable replica";
}
export interface PolicyObject extends Part {
  readonly kind: "policy";
  readonly command: "all" | "select" | "update";
  readonly columns: readonly Id[];
  readonly calls?: Id | undefined;
  readonly variant: number;
}
export interface StatisticsObject extends Named {
  readonly kind: "statistics";
  readonly table: Id;
  readonly columns: readonly Id[];
  readonly options: string;
}
export interface GrantObject extends Base {
  readonly kind: "grant";
  readonly target: Id;
  readonly privilege: string;
  readonly options: string;
}

export type Thing =
  | SchemaObject
  | EnumObject
  | DomainObject
  | CompositeObject
  | SequenceObject
  | OwnershipObject
  | FunctionObject
  | TableObject
  | PartitionObject
  | ColumnObject
  | PrimaryKeyObject
  | UniqueObject
  | CheckObject
  | ForeignKeyObject
  | ExclusionObject
  | IndexObject
  | ViewObject
  | TriggerObject
  | PolicyObject
  | StatisticsObject
  | GrantObject;

export type Kind = Thing["kind"];
export type Of<K extends Kind> = Extract<Thing, { readonly kind: K }>;

const REFERENCES = [
  "schema",
  "table",
  "parent",
  "inherits",
  "source",
  "columns",
  "include",
  "where",
  "userType",
  "calls",
  "next",
  "sequence",
  "column",
  "function",
  "target",
] as const;

export function referencesOf(thing: Thing): readonly Id[] {
  return REFERENCES.flatMap(
    (field) => (thing as unknown as Record<string, Id | readonly Id[] | undefined>)[field] ?? [],
  );
}

/** A schema; changed by making another. */
export class World {
  readonly things: readonly Thing[];
  readonly #byId: ReadonlyMap<Id, Thing>;

  constructor(things: readonly Thing[]) {
    this.things = things;
    this.#byId = new Map(things.map((thing) => [thing.id, thing]));
  }

  has(id: Id): boolean {
    return this.#byId.has(id);
  }

  find(id: Id | undefined): Thing | undefined {
    return id === undefined ? undefined : this.#byId.get(id);
  }

  get<K extends Kind>(kind: K, id: Id | undefined): Of<K> | undefined {
    const thing = this.find(id);
    return thing?.kind === kind ? (thing as Of<K>) : undefined;
  }

  all<K extends Kind>(...kinds: readonly K[]): readonly Of<K>[] {
    return this.things.filter((thing): thing is Of<K> => (kinds as readonly Kind[]).includes(thing.kind));
  }

  /** The table's own columns, without those of a parent. */
  ownColumns(table: Id): readonly ColumnObject[] {
    return this.all("column").filter((column) => column.table === table);
  }

  /** All columns of a table, without the key of a partitioned one. */
  columnsOf(table: Id): readonly ColumnObject[] {
    const parent = this.get("table", table)?.inherits;
    return [...(parent === undefined ? [] : this.columnsOf(parent)), ...this.ownColumns(table)];
  }

  /** `group` of the type of a column, or of what its domain is of. */
  groupOf(column: ColumnObject): "number" | "text" | "moment" | "other" {
    const builtIn = this.builtInOf(column);
    return builtIn === undefined ? "other" : BUILT_IN[builtIn]!.group;
  }

  /** The built-in type of a column or of its domain; undefined: it is of an enum, a composite or an array type. */
  builtInOf(column: ColumnObject): string | undefined {
    if (column.isArray) return undefined;
    if (column.userType === undefined) return column.builtIn;
    const domain = this.get("domain", column.userType);
    return domain === undefined || domain.userType !== undefined ? undefined : domain.builtIn;
  }

  /** The enum of a column or of its domain. */
  enumOf(column: ColumnObject): EnumObject | undefined {
    if (column.isArray) return undefined;
    return this.get("enum", column.userType) ?? this.get("enum", this.get("domain", column.userType)?.userType);
  }

  isKey(column: ColumnObject): boolean {
    const builtIn = this.builtInOf(column);
    return builtIn !== undefined && BUILT_IN[builtIn]!.isKey;
  }

  with(thing: Thing): World {
    return this.has(thing.id)
      ? new World(this.things.map((one) => (one.id === thing.id ? thing : one)))
      : new World([...this.things, thing]);
  }

  /** Without an object and all that needs it. */
  without(id: Id): World {
    const gone = new Set([id]);
    for (let before = 0; before !== gone.size; ) {
      before = gone.size;
      for (const thing of this.things) if (referencesOf(thing).some((one) => gone.has(one))) gone.add(thing.id);
    }
    return new World(this.things.filter((thing) => !gone.has(thing.id)));
  }

  /** Each after what it needs, otherwise in their order; undefined: some need each other in a circle. */
  inOrder(): readonly Thing[] | undefined {
    const ordered = new Set<Thing>();
    const path = new Set<Thing>();
    const visit = (thing: Thing): boolean => {
      if (ordered.has(thing)) return true;
      if (path.has(thing)) return false;
      path.add(thing);
      const isFine = referencesOf(thing).every((id) => this.has(id) && visit(this.find(id)!));
      ordered.add(thing);
      return isFine;
    };
    return this.things.every(visit) ? [...ordered] : undefined;
  }
}
