import type { ReplicaStatus } from "../replicas/replica.ts";
import type { Metric } from "./prometheus.ts";

/** The figures of replicas, each labelled with its host. */
export function replicaMetrics(replicas: readonly ReplicaStatus[]): readonly Metric[] {
  const points = (
    figure: (replica: ReplicaStatus) => number | undefined,
    labels: Readonly<Record<string, string>> = {},
  ) =>
    replicas.flatMap((replica) => {
      const value = figure(replica);
      return value === undefined ? [] : [{ labels: { "server.address": replica.host, ...labels }, value }];
    });
  return [
    {
      name: "hypertroq.replica.up",
      type: "gauge",
      help: "1 while reads go to a replica.",
      points: points(({ state }) => (state === "up" ? 1 : 0)),
    },
    {
      name: "hypertroq.replica.lag",
      type: "gauge",
      unit: "seconds",
      help: "How far a replica was behind the primary at the last look.",
      points: points(({ lag }) => lag),
    },
    {
      name: "hypertroq.replica.reads",
      type: "counter",
      help: "Connections that a replica's pool has lent to sessions.",
      points: points(({ reads }) => reads),
    },
    {
      name: "hypertroq.replica.fallbacks",
      type: "counter",
      help: "Reads that went on from a replica to the primary.",
      points: points(({ fallbacks }) => fallbacks),
    },
    {
      name: "hypertroq.replica.connections",
      type: "gauge",
      help: "Open connections of a replica's pool, by what they do.",
      points: [
        ...points(({ pool }) => pool.checkedIn, { "db.client.connection.state": "idle" }),
        ...points(({ pool }) => pool.checkedOut, { "db.client.connection.state": "used" }),
      ],
    },
  ];
}
