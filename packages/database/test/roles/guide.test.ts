import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import {
  connectOptions,
  DATABASE_SETTINGS,
  DatabaseManager,
  type ModelClass,
  optionsFromSettings,
  readSettings,
} from "../../src/index.ts";
import { importModule } from "../../src/migrations/script/import-module.ts";
import { describeTable } from "../../src/model/describe-table.ts";
import { applyRoles } from "../../src/roles/index.ts";
import { type TemporaryApp, temporaryApp } from "../migrations/temporary-app.ts";

const REPOSITORY = join(import.meta.dirname, "../../../..");

let app: TemporaryApp;
let guide: string;
beforeAll(async () => {
  guide = await readFile(join(REPOSITORY, "docs/security.md"), "utf8");
  app = await temporaryApp();
  await symlink(join(REPOSITORY, "node_modules"), join(app.root, "node_modules"));
  for (const [, name, text] of guide.matchAll(/^```ts\n\/\/ (\S+)\n(.*?)^```/gms)) await app.write(name!, text!);
});
afterAll(() => app[Symbol.asyncDispose]());

it("the guide's authority signs a certificate that verify-full takes, for the name in it alone", async () => {
  const [, script] = /^```sh\n(.*?)^```/ms.exec(guide.slice(guide.indexOf("## TLS")))!;
  const authority = join(app.root, "authority");
  await app.write("authority/x", "");
  await promisify(execFile)("bash", ["-euc", script!], { cwd: authority });
  const file = (name: string): string => join(authority, name);
  const settings = Object.fromEntries(
    [...guide.matchAll(/^(DB_SSL_\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
  );
  expect(settings).toEqual({ DB_SSL_MODE: "verify-full", DB_SSL_ROOT_CERT: "/etc/hypertroq/authority.crt" });
  const server = await EmbeddedPostgres.start({ tls: { cert: file("server.crt"), key: file("server.key") } });
  try {
    const tls = async (host: string) => {
      const url = Object.assign(new URL(server.url), { hostname: host });
      const env = { ...settings, DATABASE_URL: url.href, DB_SSL_ROOT_CERT: file("authority.crt") };
      const manager = new DatabaseManager(optionsFromSettings(readSettings(DATABASE_SETTINGS, env)));
      try {
        return await manager.sql`select ssl, version from pg_stat_ssl where pid = pg_backend_pid()`;
      } finally {
        await manager.close();
      }
    };
    expect(await tls("127.0.0.1")).toEqual([{ ssl: true, version: "TLSv1.3" }]);
    await expect(tls("localhost")).rejects.toThrow(/certificate.*localhost|localhost.*certificate/s);
  } finally {
    await server.stop({ mode: "immediate" });
  }
});

it("the guide's configuration makes the roles that it names, and its model shows each what is theirs", async () => {
  const { roles } = await loadConfig(app.root);
  await using database = await createTestDatabase();
  await database.query(
    "create table notes (id uuid primary key, created_at timestamptz, updated_at timestamptz, owner_id uuid, line text)",
  );
  const { names, passwords } = await applyRoles({ connect: connectOptions({ url: database.url }), config: roles! });
  expect(names).toMatchObject({ owner: "shop_owner", app: "shop_app" });
  expect(await database.query("select from pg_namespace where nspname = 'billing'")).toHaveLength(1);

  const { Note, notesOf } = (await importModule(join(app.root, "src/note.ts"))) as {
    Note: ModelClass;
    notesOf(user: string, manager: DatabaseManager): Promise<{ line: string }[]>;
  };
  const { policies, rowSecurity } = describeTable(Note);
  expect([rowSecurity, policies[0]!.name]).toEqual(["forced", "own"]);
  const [mira, tom] = [randomUUID(), randomUUID()];
  await database.query(`
    insert into notes values (gen_random_uuid(), now(), now(), '${mira}', 'hers'), (gen_random_uuid(), now(), now(), '${tom}', 'his');
    alter table notes enable row level security;
    alter table notes force row level security;
    create policy own on notes using (${policies[0]!.using})`);
  const url = Object.assign(new URL(database.url), { username: names["app"], password: passwords[names["app"]!] });
  const manager = new DatabaseManager({ url: url.href });
  expect((await notesOf(mira, manager)).map(({ line }) => line)).toEqual(["hers"]);
  expect(await manager.sql`select line from notes`).toEqual([]);
  const shown =
    await manager.sql`select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock`;
  expect(shown).toEqual([{ statement: "5s", lock: "10s" }]);
  await manager.close();
  await database.drop();
  await using server = await createTestDatabase();
  for (const name of Object.values(names)) await server.query(`drop role ${name}`);
});
