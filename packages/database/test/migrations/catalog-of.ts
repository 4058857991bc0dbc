import type { TestDatabase } from "../../../../test/database.ts";
import { connect } from "../../src/connection/connect.ts";
import type { Connection } from "../../src/connection/connection.ts";
import { connectOptions } from "../../src/connection/options.ts";
import type { Catalog, CatalogObject, Key } from "../../src/migrations/catalog/catalog.ts";
import { type ReflectOptions, reflect } from "../../src/migrations/catalog/reflect.ts";

export async function withConnection<T>(
  { url }: TestDatabase,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await connect(connectOptions({ url }));
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

export async function catalogOf(database: TestDatabase, options: Partial<ReflectOptions> = {}): Promise<Catalog> {
  return withConnection(database, (connection) => reflect(connection, { defaultSchema: "public", ...options }));
}

/** Every object, with those inside tables and views. */
export function objectsOf(catalog: Catalog): readonly CatalogObject[] {
  const lists = Object.values(catalog).filter((list) => Array.isArray(list)) as CatalogObject[][];
  return lists.flat().flatMap((object) => [object, ...partsOf(object)]);
}

/** What has the key; undefined: nothing has. */
export function find<Found extends CatalogObject = CatalogObject & Record<string, unknown>>(
  catalog: Catalog,
  key: Key,
): Found | undefined {
  const found = objectsOf(catalog).filter((object) => object.key === key);
  if (found.length > 1) throw new Error(`${key} is there ${found.length} times`);
  return found[0] as Found | undefined;
}

function partsOf(object: CatalogObject): readonly CatalogObject[] {
  const lists = Object.values(object).filter((list) => Array.isArray(list)) as unknown[][];
  return lists.flat().filter((part) => typeof part === "object" && part !== null && "key" in part) as CatalogObject[];
}
