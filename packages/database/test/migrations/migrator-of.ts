import pg from "pg";
import { connectOptions } from "../../src/connection/options.ts";
import { type MigrationEvent, Migrator, type MigratorOptions } from "../../src/migrations/index.ts";
import type { TemporaryApp } from "./temporary-app.ts";

/** A migrator of an app on a database, and what it tells. */
export function migratorOf(
  app: TemporaryApp,
  { url }: { readonly url: string },
  more: Partial<MigratorOptions> = {},
): { migrator: Migrator; events: MigrationEvent[] } {
  const events: MigrationEvent[] = [];
  const onEvent = (event: MigrationEvent): number => events.push(event);
  return {
    migrator: new Migrator({ connect: connectOptions({ url }), directory: app.migrations, onEvent, ...more }),
    events,
  };
}

/** A connection of the test's own that stays open. */
export async function client(url: string): Promise<pg.Client & AsyncDisposable> {
  const opened = new pg.Client({ connectionString: url });
  opened.on("error", () => {}); // a test may end it
  await opened.connect();
  return Object.assign(opened, { [Symbol.asyncDispose]: () => opened.end() });
}
