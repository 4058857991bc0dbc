import { countOf } from "../migrations/errors/run.ts";
import type { Blocker, MigrationEvent } from "../migrations/runner/events.ts";
import type { LockHolder } from "../migrations/runner/lock.ts";

/** Events that are told at once; the others say what is under way, which {@link Progress} shows. */
export type ToldEvent = Exclude<MigrationEvent, { kind: "step" | "progress" }>;

/** An event in one line or more. */
export function describeEvent(event: ToldEvent): string {
  switch (event.kind) {
    case "waiting":
      return `Waiting for another run to end: ${holder(event.holder)}.`;
    case "warning":
      return `warning: ${event.message}`;
    case "started": {
      const below = rows(event.parents);
      const way = event.direction === "upgrade" ? `${below} -> ${event.revision}` : `${event.revision} -> ${below}`;
      const done =
        event.stepsDone === 0 ? "" : `\n  ${event.stepsDone} of ${event.steps} steps were done by an earlier run`;
      return `Running ${event.direction} ${way}, ${event.message}${done}`;
    }
    case "losing":
      return event.losses
        .map(({ object, reason, rows }) => `  ${object}: ${reason}${rows === undefined ? "" : ` (${countOf(rows)})`}`)
        .join("\n");
    case "recovered":
      return `  ${event.what}`;
    case "retrying": {
      const { attempt, attempts, pause, blockers } = event;
      const held = blockers.length === 0 ? "" : `, held perhaps by ${blockers.map(blocker).join("; ")}`;
      return `  a lock was not to be had${held}; try ${attempt + 1} of ${attempts} in ${duration(pause * 1000)}`;
    }
    case "finished":
      return `  done in ${duration(event.milliseconds)}`;
    case "stamped":
      return `Stamped ${rows(event.rowsBefore)} -> ${rows(event.rowsAfter)}`;
  }
}

/** `20 ms`, `3.2 s`, `4 min 10 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

/** `ddef93c02177`, or `<base>` where there is none. */
export function rows(ids: readonly string[]): string {
  return ids.join(", ") || "<base>";
}

function holder(found: LockHolder | undefined): string {
  if (found === undefined) return "whose it is cannot be seen any more";
  const { processId, user, applicationName, address, connectedFor } = found;
  return [
    `server process ${processId}`,
    user === undefined ? "" : `user ${user}`,
    applicationName === undefined ? "" : `application ${applicationName}`,
    address === undefined ? "" : `from ${address}`,
    connectedFor === undefined ? "" : `connected for ${duration(connectedFor * 1000)}`,
  ]
    .filter((fact) => fact !== "")
    .join(", ");
}

function blocker({ processId, user, applicationName, state, openFor }: Blocker): string {
  return [
    `server process ${processId}`,
    user === undefined ? "" : `user ${user}`,
    applicationName ? `application ${applicationName}` : "",
    state ?? "",
    openFor === undefined ? "" : `in a transaction for ${duration(openFor * 1000)}`,
  ]
    .filter((fact) => fact !== "")
    .join(", ");
}
