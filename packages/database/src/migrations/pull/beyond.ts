import type {
  Catalog,
  CatalogObject,
  CatalogRoutine,
  CatalogSchema,
  CatalogTable,
  CatalogView,
} from "../catalog/catalog.ts";
import { isSame } from "../compare/call.ts";
import { showName } from "../operations/identifier.ts";

/** What of a catalog no model can describe. */
export class Beyond {
  /** A sentence each. */
  readonly said: string[] = [];

  constructor(catalog: Catalog) {
    const { domains, compositeTypes, rangeTypes, statistics, others } = catalog;
    for (const { key } of [...domains, ...compositeTypes, ...rangeTypes, ...statistics]) this.said.push(shown(key));
    this.said.push(...others.map(({ what }) => what));
    for (const schema of catalog.schemas) if (!isAsMade(schema)) this.#object(schema, true);
    for (const one of catalog.enums) this.#object(one, true);
    for (const one of [...catalog.routines, ...catalog.sequences]) this.#object(one, false);
    for (const table of catalog.tables) this.#table(table);
    for (const view of catalog.views) this.#view(view);
  }

  /** Whether it is another kind of table than models describe. */
  isStrange(table: CatalogTable): boolean {
    return strangeness(table) !== undefined;
  }

  /** Whether its source is not in the database. */
  isForeign({ definition: { language } }: CatalogRoutine): boolean {
    return language === "c" || language === "internal";
  }

  #table(table: CatalogTable): void {
    const strange = strangeness(table);
    if (strange !== undefined) {
      this.said.push(`${shown(table.key)}, which ${strange}`);
      return;
    }
    this.#object(table, false);
    this.#facts(table, {
      "that it is unlogged": table.unlogged,
      "the storage parameters": table.with,
      "the tablespace": table.tablespace,
      "the replica identity": table.replicaIdentity,
      "the index to cluster by": table.clusteredBy,
    });
    for (const one of [...table.constraints, ...table.policies]) this.#object(one, true);
    for (const one of table.columns) this.#object(one, false);
    this.#parts(table);
  }

  #view(view: CatalogView): void {
    this.#object(view, false);
    this.#facts(view, {
      "the tablespace": view.tablespace,
      "that it is not filled": view.materialized && !view.isPopulated ? true : undefined,
    });
    for (const column of view.columns) {
      this.#facts(view, {
        [`the default of column ${column.name}`]: column.default,
        [`privileges of column ${column.name}`]: column.privileges,
      });
    }
    this.#parts(view);
  }

  #parts({ indexes, triggers }: CatalogTable | CatalogView): void {
    for (const index of indexes) if (!index.isValid) this.said.push(`${shown(index.key)}, which is invalid`);
    for (const one of [...indexes, ...triggers]) this.#object(one, true);
  }

  #object(object: CatalogObject & { readonly privileges?: unknown }, hasComment: boolean): void {
    this.#facts(object, {
      "the comment": hasComment ? object.comment : undefined,
      privileges: object.privileges,
    });
  }

  #facts({ key }: CatalogObject, facts: Readonly<Record<string, unknown>>): void {
    for (const [fact, value] of Object.entries(facts))
      if (value !== undefined) this.said.push(`${fact} of ${shown(key)}`);
  }
}

/** The schema that every database has, as it is in a new one, or was until PostgreSQL 14. */
function isAsMade({ name, comment, owner, privileges }: CatalogSchema): boolean {
  const { granted, revoked } = privileges ?? { granted: [], revoked: [] };
  const usual = [["usage"], ...(owner === "pg_database_owner" ? [] : [["create", "usage"]])];
  const isUsual = usual.some((privileges) => isSame(granted, [{ role: "public", privileges }])) && revoked.length === 0;
  return name === "public" && comment === undefined && isUsual;
}

function strangeness(table: CatalogTable): string | undefined {
  if (table.kind === "foreign") return "lies on a foreign server";
  if (table.partitionOf !== undefined) return `is a partition of ${showName(table.partitionOf.table)}`;
  if (table.inherits !== undefined) return `inherits from ${table.inherits.map(showName).join(" and ")}`;
  return table.of === undefined ? undefined : `is of the type ${table.of}`;
}

/** A key for people: `view public.active` → `view active`. */
function shown(key: string): string {
  return key.replace(/^(.*?) public\./, "$1 ");
}
