import type { DatabaseManager } from "../../../session/manager.ts";
import type { AlertRule } from "../rule.ts";

/** Rules about an application's replicas; none where it has none. */
export function replicaRules(manager: DatabaseManager): readonly AlertRule[] {
  if (manager.replicas().length === 0) return [];
  return [
    {
      id: "replica-out",
      title: "A replica serves no reads",
      meaning: "The other replicas and the primary do its work.",
      remedy:
        "The log says why. Down: does it run, and can it be reached from here? Lagging: look for a long query or little " +
        "bandwidth there. Foreign: REPLICA_URLS names another cluster.",
      unit: "s",
      warning: 60,
      fireAfter: 1,
      async measure({ memory }) {
        const now = performance.now();
        return manager.replicas().flatMap(({ host, state, reason }) => {
          // The primary may be named among the replicas, any of which may take its place.
          if (state === "up" || state === "primary") {
            memory.delete(host);
            return [];
          }
          const since = (memory.get(host) as number | undefined) ?? now;
          memory.set(host, since);
          const seconds = (now - since) / 1000;
          const detail = `At every look for ${Math.round(seconds)} s it was ${state}${reason === undefined ? "" : `: ${reason}`}`;
          return [{ subject: `replica ${host}`, value: seconds, detail }];
        });
      },
    },
  ];
}
