import { expect } from "vitest";
import type { Alert, Monitor } from "../../src/monitoring/index.ts";

/** Looks until the rule has fired, and returns what it tells. */
export async function fires(monitor: Monitor, id: string): Promise<Alert> {
  const told = () => monitor.alerts().find((alert) => alert.id === id);
  await expect
    .poll(async () => {
      await monitor.look();
      return told()?.id;
    })
    .toBe(id);
  return told()!;
}

/** Looks until the rule has nothing to tell any more. */
export async function clears(monitor: Monitor, id: string): Promise<void> {
  await expect
    .poll(async () => {
      await monitor.look();
      return monitor.alerts().map((alert) => alert.id);
    })
    .not.toContain(id);
}
