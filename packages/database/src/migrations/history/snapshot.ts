import type { Connection } from "../../connection/connection.ts";
import { reflect } from "../catalog/reflect.ts";
import { userSchemas } from "../scratch/surroundings.ts";

/** What is known of one object of a database. */
interface Facts {
  /** Paths and what stands there: `default`, `values`. */
  readonly own: ReadonlyMap<string, string>;
  /** The object that it is a part of, by its key. */
  readonly within: string | undefined;
}

/** A database's catalog, all schemas, by the keys of its objects. The tables of migrations themselves are left out. */
export type Snapshot = ReadonlyMap<string, Facts>;

/** How an object of one snapshot is in another. */
export interface Difference {
  /** `column users.email`. */
  readonly key: string;
  readonly within: string | undefined;
  /** For people, in the words asked for: `column users.email: default was now() and is none`. */
  readonly line: string;
  /** The object that it belongs to came or went with it, so that it needs no line of its own. */
  readonly isImplied: boolean;
}

/** The schema that new databases have, and that revisions mean where they name none. */
const DEFAULT_SCHEMA = "public";

export async function takeSnapshot(connection: Connection, signal?: AbortSignal): Promise<Snapshot> {
  const schemas = await userSchemas(connection, signal);
  const found = new Map<string, Facts>();
  collect(
    Object.values(await reflect(connection, { defaultSchema: DEFAULT_SCHEMA, schemas, signal })),
    undefined,
    found,
  );
  return found;
}

/** How differences are said. */
export interface Words {
  /** Of an object that is in the first only, and in the second only. */
  readonly gone: string;
  readonly come: string;
  /** Of a fact, with what it is in the first and in the second. */
  readonly changed: (was: string, is: string) => string;
}

const WORDS: Words = { gone: "is missing", come: "is left", changed: (was, is) => `was ${was} and is ${is}` };

/** In what `is` is not what it `was`. The order of columns counts no more than the order in which things were made. */
export function differences(was: Snapshot, is: Snapshot, words = WORDS): readonly Difference[] {
  const keys = new Set([...was.keys(), ...is.keys()]);
  return [...keys].flatMap((key) => {
    const [before, now] = [was.get(key), is.get(key)];
    const within = (before ?? now)!.within;
    const isImplied = within !== undefined && was.has(within) !== is.has(within);
    if (now === undefined) return [{ key, within, isImplied, line: `${key} ${words.gone}` }];
    if (before === undefined) return [{ key, within, isImplied, line: `${key} ${words.come}` }];
    const paths = new Set([...before.own.keys(), ...now.own.keys()]);
    const changed = [...paths].filter((path) => before.own.get(path) !== now.own.get(path));
    if (changed.length === 0) return [];
    const facts = changed.map(
      (path) => `${path} ${words.changed(show(before.own.get(path)), show(now.own.get(path)))}`,
    );
    return [{ key, within, isImplied: false, line: `${key}: ${facts.join("; ")}` }];
  });
}

/** A line for each difference but for those that go without saying. */
export function linesOf(found: readonly Difference[]): readonly string[] {
  return found.filter(({ isImplied }) => !isImplied).map(({ line }) => line);
}

function show(value: string | undefined): string {
  if (value === undefined) return "none";
  return value.length > 200 ? `${value.slice(0, 200)} …` : value;
}

/** Objects have keys; what is below one and has a key too is a part of it. */
function collect(value: unknown, within: string | undefined, into: Map<string, Facts>): void {
  if (Array.isArray(value)) for (const item of value) collect(item, within, into);
  if (!isKeyed(value)) return;
  const { key, needs: _, ...fields } = value;
  const own = new Map<string, string>();
  into.set(key, { own, within });
  for (const [name, field] of Object.entries(fields)) {
    if (Array.isArray(field) && field.every(isKeyed)) collect(field, key, into);
    else describe(name === "definition" ? "" : name, field, own);
  }
}

function isKeyed(value: unknown): value is { readonly key: string; readonly needs?: unknown } {
  return typeof value === "object" && value !== null && "key" in value && typeof value.key === "string";
}

function describe(path: string, value: unknown, into: Map<string, string>): void {
  if (value === undefined) return;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    for (const [name, field] of Object.entries(value)) describe(path === "" ? name : `${path}.${name}`, field, into);
  } else if (typeof value === "string") into.set(path, value);
  else
    into.set(
      path,
      JSON.stringify(value, (_, part) => (typeof part === "bigint" ? String(part) : part)),
    );
}
