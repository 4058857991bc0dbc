import type { PoolDurations } from "../../../connection/pool/counters.ts";
import { percentileBetween } from "../../latencies.ts";
import type { AlertRule } from "../rule.ts";

/** Rules about the application's own pool; they say nothing where there is none to look at. */
export const POOL_RULES: readonly AlertRule[] = [
  {
    id: "pool-waiting",
    title: "Callers wait for a connection all the time",
    meaning: "Every request takes longer by that wait, and fails after DB_POOL_TIMEOUT.",
    remedy:
      "hypertroq doctor says what size fits. Look for slow statements and for sessions that wait for something else.",
    unit: "s",
    warning: 30,
    critical: 120,
    async measure({ pool, memory }) {
      if (pool === undefined || pool.status().waiting === 0) {
        memory.delete("since");
        return [];
      }
      const { waiting } = pool.status();
      const since = (memory.get("since") as number | undefined) ?? performance.now();
      memory.set("since", since);
      const seconds = (performance.now() - since) / 1000;
      const detail = `At every look for ${Math.round(seconds)} s somebody waited, ${waiting} just now.`;
      return [{ subject: "the pool", value: seconds, detail }];
    },
  },
  {
    id: "pool-acquire",
    title: "Getting a connection takes long",
    meaning: "One in twenty callers waits for longer than that before its first statement is sent.",
    remedy:
      "As with callers who wait all the time: hypertroq doctor, slow statements, sessions that are held for long.",
    unit: "ms",
    warning: 100,
    critical: 1000,
    async measure({ pool, memory }) {
      if (pool === undefined) return [];
      const now = { checkouts: pool.counters().checkouts, waits: pool.durations().waits };
      const before = memory.get("before") as { checkouts: number; waits: PoolDurations["waits"] } | undefined;
      memory.set("before", now);
      if (before === undefined || now.checkouts === before.checkouts) return [];
      const waited = now.waits.count - before.waits.count;
      const zeros = Math.max(0, now.checkouts - before.checkouts - waited);
      const value = percentileBetween(before.waits, now.waits, 0.95, zeros);
      const detail = `Of ${zeros + waited} callers ${waited} waited; 95 of 100 got by with ${value.toPrecision(3)} ms.`;
      return [{ subject: "the pool", value, detail }];
    },
  },
];
