import type { ReplicaReport } from "../replicas/survey.ts";

/** What a look at the replicas has found, in words, and an empty line; nothing where there are none. */
export function* describeReplicas(replicas: readonly ReplicaReport[]): Generator<string> {
  if (replicas.length === 0) return;
  yield "Replicas:";
  for (const replica of replicas) yield `  ${replica.host}: ${standing(replica)}`;
  const findings = replicas.flatMap(({ finding }) => finding ?? []);
  if (findings.length > 0) yield "";
  for (const { severity, message } of findings) yield `${severity}: ${message}`;
  yield "";
}

function standing({ state, lag, bytes, finding }: ReplicaReport): string {
  switch (state) {
    case "up":
    case "lagging":
      return `in recovery, ${amount(lag, bytes ?? 0)}`;
    case "down":
      return "cannot be asked";
    case "foreign":
      return "of another cluster";
    case "primary":
      return finding === null ? "not in recovery, the primary itself" : "not in recovery";
  }
}

function amount(lag: number | null, bytes: number): string {
  if (bytes === 0) return "has all that was written";
  return `behind by ${bytes} bytes and ${lag === null ? "an unknown time" : `up to ${lag.toFixed(1)} s`}`;
}
