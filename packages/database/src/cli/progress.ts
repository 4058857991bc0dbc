import type { MigrationEvent } from "../migrations/runner/events.ts";
import type { LockHolder } from "../migrations/runner/lock.ts";
import { say } from "./print.ts";

/** Tells on standard error what a migrator does. */
export function printProgress(event: MigrationEvent): void {
  say(describe(event));
}

function describe(event: MigrationEvent): string {
  switch (event.kind) {
    case "waiting":
      return `Waiting for another run to end: ${holder(event.holder)}.`;
    case "started": {
      const below = rows(event.parents);
      const way = event.direction === "upgrade" ? `${below} -> ${event.revision}` : `${event.revision} -> ${below}`;
      return `Running ${event.direction} ${way}, ${event.message}`;
    }
    case "finished":
      return `  done in ${duration(event.milliseconds)}`;
    case "stamped":
      return `Stamped ${rows(event.rowsBefore)} -> ${rows(event.rowsAfter)}`;
  }
}

/** `ddef93c02177`, or `<base>` where there is none. */
function rows(ids: readonly string[]): string {
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

function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
