import { connectOptions, DatabaseManager, loadEnvironment } from "@hypertroq/database";
import { Migrator } from "@hypertroq/database/migrations";
import { seed } from "@hypertroq/database/seeding";
import { server } from "../hypertroq.config.ts";
import { createApp } from "./app.ts";
import { seeds } from "./seeds.ts";

loadEnvironment(import.meta.dirname);
const embedded = process.env["DATABASE_URL"] ? undefined : await server.use();
const url = process.env["DATABASE_URL"] ?? embedded!.url;
const manager = new DatabaseManager({ url });
let ending: Promise<void> | undefined;
void embedded?.exited.then(async ({ log }) => {
  if (ending !== undefined) return;
  const { dataDir } = await server.status();
  console.error(`PostgreSQL in ${dataDir} has stopped. Its log ends with:\n${log}\nStart the app again: npm start`);
  process.exit(1);
});

// Elsewhere `hypertroq upgrade head` and `hypertroq seed --reference` are steps of the deployment.
const environment = process.env["ENVIRONMENT"] ?? "development";
if (environment === "development") {
  await new Migrator({ connect: connectOptions({ url }), directory: `${import.meta.dirname}/../migrations` }).upgrade();
  await seed(manager, seeds, { environment });
}

const app = await createApp(manager);
console.log(`${await app.listen({ port: Number(process.env["PORT"] ?? 3000) })}/exercises`);

async function end(): Promise<void> {
  await app.close();
  await manager.close();
  await embedded?.release();
  process.exit(0);
}
// A signal may come twice: from the terminal, and from what has started this process.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => (ending ??= end()));
