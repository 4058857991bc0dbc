import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DataDirectory } from "../src/data-directory.ts";
import { EmbeddedPostgres, type StartOptions } from "../src/index.ts";
import { KeptCluster } from "../src/kept-cluster.ts";
import { locateBinaries } from "../src/platform.ts";
import { created, identifierOf, newDataDir, temporary, usedDataDir } from "./helpers.ts";

async function startedOnce(options: StartOptions = {}): Promise<bigint> {
  const server = await EmbeddedPostgres.start(options);
  const identifier = identifierOf(server.dataDir);
  await server.stop();
  return identifier;
}

// That others are not, data-directory.test.ts sees.
test("throw-away servers are copies of what initdb made once", async () => {
  expect(await startedOnce()).toBe(await startedOnce());
});

test("a cluster is kept with its password, for its owner, and copied whole", async () => {
  const modules = join(temporary(), "node_modules");
  const kept = KeptCluster.of({
    ...(await locateBinaries()),
    root: join(modules, "@some/binaries/native"),
    label: "some",
  })!;
  const copied = created(newDataDir());
  expect(await kept.copyTo(copied)).toBe(false);
  expect(readdirSync(copied.control)).toEqual([]);

  const parent = join(modules, ".cache/hypertroq");
  mkdirSync(modules);
  const source = await usedDataDir();
  await kept.keep(new DataDirectory(source));
  expect(statSync(parent).mode).toBe(statSync(modules).mode); // it is not this cluster's alone
  const left = join(parent, "hypertroq-postgres-4194305-1-0123456789ab"); // of a process that is gone
  mkdirSync(left);
  await kept.keep(new DataDirectory(source)); // the second one to come finds it made
  const [name, ...others] = readdirSync(parent);
  expect(others).toEqual([]);
  const place = join(parent, name!);
  expect(statSync(place).mode & 0o777).toBe(0o700);

  expect(await kept.copyTo(copied)).toBe(true);
  expect(await startedOnce({ dataDir: copied.path })).toBe(identifierOf(source));

  rmSync(join(place, "cluster"), { recursive: true });
  const other = created(newDataDir());
  expect(await kept.copyTo(other)).toBe(false);
  expect(readdirSync(other.control)).toEqual([]);
  expect(existsSync(join(other.path, "PG_VERSION"))).toBe(false);
});
