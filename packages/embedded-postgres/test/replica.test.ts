import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { EmbeddedPostgres, makeReplica } from "@hypertroq/embedded-postgres";
import { expect, test } from "vitest";
import { newDataDir, query, temporary, usedDataDir } from "./helpers.ts";

test("a replica streams from its primary, whatever it is called, until it is promoted", async () => {
  const [dataDir, replicaDir] = [await usedDataDir(), join(temporary(), "it's \\ a replica")];
  const first = await EmbeddedPostgres.start({ dataDir });
  expect(() => makeReplica(dataDir, { dataDir: replicaDir, port: first.port })).toThrow(
    /DATA_DIRECTORY_IN_USE|is alive/,
  );
  await first.stop();
  makeReplica(dataDir, { dataDir: replicaDir, port: first.port });
  expect(() => makeReplica(dataDir, { dataDir: replicaDir, port: first.port })).toThrow("a replica needs an empty one");

  const primary = await EmbeddedPostgres.start({ dataDir, port: first.port });
  const replica = await EmbeddedPostgres.start({ dataDir: replicaDir });
  expect(replica.port).not.toBe(primary.port);
  await query(primary.url, "create table t as select 1 as n");
  await expect.poll(() => query(replica.url, "select n from t").catch(() => [])).toEqual([{ n: 1 }]);
  expect(await query(primary.url, "select application_name as name from pg_stat_replication")).toEqual([
    { name: "it's \\ a replica" },
  ]);
  await expect(query(replica.url, "insert into t values (2)")).rejects.toMatchObject({ code: "25006" });
  await query(replica.url, "select pg_promote()");
  await query(replica.url, "insert into t values (2)");
  await replica.stop();
  await primary.stop();
});

test("a replica is not made of nothing, and not where something else is", () => {
  const [empty, used] = [newDataDir(), temporary()];
  writeFileSync(join(used, "notes"), "");
  expect(() => makeReplica(empty, { dataDir: used, port: 1 })).toThrow("holds no database cluster yet");
});
