import type { AlertRule, Finding, Look } from "../rule.ts";

interface Counters {
  readonly name: string;
  readonly deadlocks: number;
  readonly hits: number;
  readonly reads: number;
  readonly commits: number;
  readonly rollbacks: number;
}

const COUNTERS = `
  select datname::text as name, deadlocks::float8 as deadlocks, blks_hit::float8 as hits, blks_read::float8 as reads,
         xact_commit::float8 as commits, xact_rollback::float8 as rollbacks
    from pg_stat_database where datname = current_database()`;

/**
 * What the database's counters have grown by since the last look of the rule; at the first look, and after a reset of the
 * statistics, everything since then.
 */
async function growth({ ask, memory }: Look): Promise<{ readonly since: Counters; readonly isFirst: boolean }> {
  const [now] = await ask<Counters>(COUNTERS);
  const before = memory.get("counters") as Counters | undefined;
  memory.set("counters", now);
  const grown = (key: Exclude<keyof Counters, "name">): number => {
    const left = before === undefined ? now![key] : now![key] - before[key];
    return left < 0 ? now![key] : left;
  };
  const since = {
    name: now!.name,
    deadlocks: grown("deadlocks"),
    hits: grown("hits"),
    reads: grown("reads"),
    commits: grown("commits"),
    rollbacks: grown("rollbacks"),
  };
  return { since, isFirst: before === undefined };
}

/** Rules about how the database's counters rise from one look to the next. */
export const RATE_RULES: readonly AlertRule[] = [
  {
    id: "deadlocks",
    title: "Transactions wait for each other in a circle",
    meaning: "The server ends one of them with an error (40P01); its work is lost unless it is done again.",
    remedy:
      "Take rows and tables in the same order everywhere, for example by the primary key. manager.retry does the work again. " +
      "The server's log has both statements.",
    unit: "count",
    warning: 1,
    fireAfter: 1,
    async measure(look) {
      const { since, isFirst } = await growth(look);
      if (isFirst || since.deadlocks === 0) return [];
      return one(since.name, since.deadlocks, `${since.deadlocks} deadlocks since the last look.`);
    },
  },
  {
    id: "cache-hit",
    title: "Much is read from outside the server's cache",
    meaning:
      "Pages that are not in shared_buffers come from the operating system or from the disk, which is far slower.",
    remedy:
      "Look for statements that read whole tables (slow statements, pg_stat_statements) and give them an index. If the data " +
      "in use are larger than shared_buffers, give the server more memory.",
    unit: "ratio",
    warning: 0.02,
    floor: 10_000,
    async measure(look) {
      const { since } = await growth(look);
      const all = since.hits + since.reads;
      if (since.reads < (look.limits.floor ?? 0) || all === 0) return [];
      return one(since.name, since.reads / all, `${since.reads} of ${all} blocks were not in shared_buffers.`);
    },
  },
  {
    id: "rollback-ratio",
    title: "Many transactions roll back",
    meaning: "Work is done for nothing; most often requests fail, or are done again and again.",
    remedy: "Look for errors in the application's log, by their codes, and in pg_stat_database for the server's part.",
    unit: "ratio",
    warning: 0.1,
    floor: 100,
    async measure(look) {
      const { since } = await growth(look);
      const all = since.commits + since.rollbacks;
      if (all < (look.limits.floor ?? 0) || all === 0) return [];
      return one(since.name, since.rollbacks / all, `${since.rollbacks} of ${all} transactions rolled back.`);
    },
  },
];

function one(subject: string, value: number, detail: string): readonly Finding[] {
  return [{ subject, value, detail }];
}
