import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import pg from "pg";
import { expect, test } from "vitest";
import { usedDataDir } from "./helpers.ts";

test("a start whose first sessions are ended under it tries again until one is let in", async () => {
  const dataDir = await usedDataDir();
  const first = await EmbeddedPostgres.start({ dataDir });
  await first.detach();
  const administrator = new pg.Client({ connectionString: first.url });
  await administrator.connect();
  // Whoever comes is sent away, within a millisecond and for a second.
  const sending = administrator.query(`
    do $$
    declare until timestamptz := clock_timestamp() + interval '1 second';
    begin
      while clock_timestamp() < until loop
        perform pg_terminate_backend(pid) from pg_stat_activity
          where backend_type = 'client backend' and pid <> pg_backend_pid();
        perform pg_stat_clear_snapshot();
      end loop;
    end $$`);
  const server = await EmbeddedPostgres.start({ dataDir });
  expect(server).toMatchObject({ adopted: true, pid: first.pid });
  await sending;
  await administrator.end();
  await server.stop();
});
