import { isDeepStrictEqual } from "node:util";
import type { Connection } from "../../src/connection/connection.ts";
import { type Facts, factsOf } from "../../src/migrations/locks/facts.ts";
import { isAtLeast, LOCK_MODES, type LockMode } from "../../src/migrations/locks/lock-mode.ts";
import { readSurroundings } from "../../src/migrations/locks/read-surroundings.ts";
import type { Surroundings } from "../../src/migrations/locks/surroundings.ts";

/** What statements were seen to do, or are said to do. Names are those from before. */
export interface Effects {
  readonly locks: Readonly<Record<string, LockMode>>;
  readonly rewrites: readonly string[];
  readonly scans: readonly string[];
  readonly rebuilds: readonly string[];
}

const KEY = `case when c.relnamespace = 'public'::regnamespace then c.relname else c.relnamespace::regnamespace || '.' || c.relname end`;

/** All relations that are there, with the files they are in and how often they were read by this backend. */
const RELATIONS = `
  select c.oid::text, ${KEY}, c.relkind, coalesce(pg_relation_filenode(c.oid), 0)::text, pg_stat_get_xact_numscans(c.oid)::int
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f', 'i', 'I') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;

const LOCKS =
  "select relation::text, mode from pg_locks where pid = pg_backend_pid() and locktype = 'relation' and granted";

type Relation = readonly [oid: string, name: string, kind: string, file: string, scans: number];

async function relations(connection: Connection): Promise<ReadonlyMap<string, Relation>> {
  const { rows } = await connection.query(RELATIONS);
  return new Map(rows.map((row) => [row[0] as string, row as unknown as Relation]));
}

/** Runs it and looks what it has done. In a transaction that holds no locks yet. */
export async function measure(connection: Connection, run: () => Promise<void>): Promise<Effects> {
  const before = await relations(connection);
  await run();
  const after = await relations(connection);
  const locks: Record<string, LockMode> = {};
  for (const [oid, mode] of (await connection.query(LOCKS)).rows as [string, string][]) {
    const [, name, kind = "i"] = before.get(oid) ?? [];
    if (name === undefined || kind.toLowerCase() === "i") continue;
    const said = modeOf(mode);
    const held = locks[name];
    if (held === undefined || isAtLeast(said, held)) locks[name] = said;
  }
  // An index is dropped and made again where its column gets another type.
  const indexes = new Map([...after.values()].filter(([, , kind]) => "iI".includes(kind)).map((row) => [row[1], row]));
  const changed = [...before.values()].filter(([oid, name, kind, file]) => {
    const now = after.get(oid) ?? ("iI".includes(kind) ? indexes.get(name) : undefined);
    return now !== undefined && now[3] !== file && kind !== "S";
  });
  const named = (kinds: string): string[] =>
    changed.filter(([, , kind]) => kinds.includes(kind)).map(([, name]) => name);
  const scanned = [...before.values()].filter(
    ([oid, , kind, , scans]) => !"iI".includes(kind) && (after.get(oid)?.[4] ?? scans) > scans,
  );
  return { locks, rewrites: named("rmp"), rebuilds: named("iI"), scans: scanned.map(([, name]) => name) };
}

/** `AccessExclusiveLock` */
export function modeOf(lock: string): LockMode {
  const words = lock
    .replace(/Lock$/, "")
    .replace(/(?<=[a-z])(?=[A-Z])/g, " ")
    .toUpperCase();
  return LOCK_MODES.find((mode) => mode === words)!;
}

/** What the statements are said to do, each told what the database is before it; the first by `before`, if that is known. */
export async function predict(
  connection: Connection,
  statements: readonly string[],
  before?: Surroundings,
): Promise<{ readonly all: readonly Facts[]; readonly run: () => Promise<void> }> {
  const all: Facts[] = [];
  return {
    all,
    run: async () => {
      for (const [index, statement] of statements.entries()) {
        const known = index === 0 ? before : undefined;
        all.push(factsOf(statement, known ?? (await readSurroundings(connection))));
        await connection.query(statement);
      }
    },
  };
}

/** Several statements' facts as one; a name that is not of those is of something that came in between. */
export function together(
  all: readonly Facts[],
  names?: ReadonlySet<string>,
): Effects & { readonly unknown: readonly string[] } {
  const locks: Record<string, LockMode> = {};
  for (const { table, mode } of all.flatMap((facts) => facts.locks)) {
    if (names !== undefined && !names.has(table)) continue;
    const held = locks[table];
    if (held === undefined || isAtLeast(mode, held)) locks[table] = mode;
  }
  const union = (part: "rewrites" | "scans" | "rebuilds"): string[] =>
    [...new Set(all.flatMap((facts) => facts[part]))].filter((name) => names === undefined || names.has(name));
  return {
    locks,
    rewrites: union("rewrites"),
    scans: union("scans"),
    rebuilds: union("rebuilds"),
    unknown: [...new Set(all.flatMap(({ unknown }) => unknown))],
  };
}

/** In an order that does not matter. */
export function comparable({ locks, rewrites, scans, rebuilds }: Effects): Effects {
  const sorted = (names: readonly string[]): string[] => [...names].sort();
  return { locks, rewrites: sorted(rewrites), scans: sorted(scans), rebuilds: sorted(rebuilds) };
}

/** Both sides of a comparison; they are equal where all that was said is right. */
export interface Agreement {
  readonly said: object;
  readonly measured: object;
}

/** What is said must be so; where nothing is said to be unknown it must be all. */
export function agreement(said: ReturnType<typeof together>, measured: Effects): Agreement {
  const [a, b] = [comparable(said), comparable(measured)];
  const isKnown = (part: string): boolean => !said.unknown.includes(part as never);
  const within = (names: readonly string[], known: readonly string[]): readonly string[] =>
    names.filter((name) => known.includes(name));
  return {
    said: a,
    measured: {
      locks: isKnown("locks")
        ? b.locks
        : Object.fromEntries(Object.entries(b.locks).filter(([table]) => table in a.locks)),
      rewrites: isKnown("rewrites") ? b.rewrites : within(b.rewrites, a.rewrites),
      scans: isKnown("scans") ? b.scans : within(b.scans, a.scans),
      rebuilds: isKnown("rebuilds") ? b.rebuilds : within(b.rebuilds, a.rebuilds),
    },
  };
}

/** Whether both sides say the same. */
export function agrees({ said, measured }: Agreement): boolean {
  return isDeepStrictEqual(said, measured);
}
