import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrationsDirectory } from "../src/config.ts";

const FIRST = "ddef93c02177_initial_migration_with_user_model.ts";

/** Revisions above the backend's own: two branches, one of which depends on a revision of the other, and their merge. */
const REVISIONS = [
  { id: "11aa22bb33cc", down: "ddef93c02177", message: "Teams, which users belong to", labels: "teams" },
  { id: "22bb33cc44dd", down: "11aa22bb33cc", message: "What a team may do", labels: "" },
  { id: "33cc44dd55ee", down: "ddef93c02177", message: "Invoices & payments", labels: "billing" },
  { id: "44dd55ee66ff", down: "33cc44dd55ee", message: "A team pays together", labels: "", depends: "11aa22bb33cc" },
  { id: "55ee66ff7700", down: "22bb33cc44dd, 44dd55ee66ff", message: "Teams and billing", labels: "" },
  { id: "66ff77008811", down: "55ee66ff7700", message: "An index for the largest table", labels: "" },
];

/** A directory of revisions with branches and a merge, of which the backend can live. */
export async function branchedHistory(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "hypertroq-history-"));
  const versions = join(path, "versions");
  await mkdir(versions);
  await copyFile(join(migrationsDirectory, "versions", FIRST), join(versions, FIRST));
  for (const { id, down, message, labels, depends = "" } of REVISIONS) {
    const head = [
      `-- revision: ${id}`,
      `-- down revision: ${down}`,
      `-- branch labels: ${labels}`,
      `-- depends on: ${depends}`,
      `-- message: ${message}`,
      "-- created at: 2026-01-31T12:00:00Z",
    ];
    await writeFile(join(versions, `${id}.up.sql`), `${head.join("\n")}\n\n-- Nothing to do.\n`);
    await writeFile(join(versions, `${id}.down.sql`), "-- Nothing to do.\n");
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
