type Parameters = Readonly<Record<string, string | number | boolean>>;
type Changed = Readonly<Record<string, string | number | boolean | null>>;

/** Where something is stored and how, as CREATE TABLE and CREATE INDEX are told. */
interface Stored {
  readonly with?: Parameters | undefined;
  readonly tablespace?: string | undefined;
}

interface StorageChanges {
  readonly with?: Changed;
  readonly tablespace?: string;
}

/**
 * What ALTER is told to come from one to the other, and what to come back; without any fields where nothing differs. The
 * order of the parameters is that in which they were set, and makes no difference.
 */
export function storageChanges(
  from: Stored,
  to: Stored,
): { readonly now: StorageChanges; readonly was: StorageChanges } {
  const [old, now] = [from.with ?? {}, to.with ?? {}];
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])].filter((name) => old[name] !== now[name]);
  const parameters = (of: Parameters): StorageChanges =>
    names.length === 0 ? {} : { with: Object.fromEntries(names.map((name) => [name, of[name] ?? null])) };
  const place = (tablespace = "pg_default"): StorageChanges =>
    from.tablespace === to.tablespace ? {} : { tablespace };
  return {
    now: { ...parameters(now), ...place(to.tablespace) },
    was: { ...parameters(old), ...place(from.tablespace) },
  };
}
