import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import pg from "pg";
import { PrivateAuthority } from "./private-authority.ts";

/** Everybody's password but the superuser's. */
export const PASSWORD = "s3cret";

/** Users, by the one way in which pg_hba.conf lets each of them in. */
const RULES = `
  hostssl   all certified  127.0.0.1/32 cert
  hostssl   all plain_only 127.0.0.1/32 reject
  hostnossl all tls_only   127.0.0.1/32 reject
  host      all trusted    127.0.0.1/32 trust
  host      all cleartext  127.0.0.1/32 password
`;

/** A server with a certificate of a private authority for localhost and 127.0.0.1, and users to try it with. */
export interface TlsServer extends AsyncDisposable {
  readonly authority: PrivateAuthority;
  readonly port: number;
  readonly url: string;
  /** The URL for one of the users, by the address 127.0.0.1. @param parameters without the question mark. */
  urlOf(user: string, parameters?: string): string;
  /** Runs SQL as superuser, outside the layer under test. */
  query<Row extends object>(sql: string, values?: unknown[]): Promise<Row[]>;
}

export async function startTlsServer(): Promise<TlsServer> {
  const authority = await PrivateAuthority.create();
  const own = await authority.issue("server", "localhost", "DNS:localhost,IP:127.0.0.1");
  const server = await EmbeddedPostgres.start({ tls: { ...own, ca: authority.certificate } });
  const query = async <Row extends object>(sql: string, values?: unknown[]): Promise<Row[]> => {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    try {
      return (await client.query<Row>(sql, values)).rows;
    } finally {
      await client.end();
    }
  };
  const hba = join(server.dataDir, "pg_hba.conf");
  await writeFile(hba, RULES + (await readFile(hba, "utf8")));
  for (const user of ["certified", "plain_only", "tls_only", "trusted", "cleartext", "scram"]) {
    await query(`create role ${user} login password '${PASSWORD}'`);
  }
  await query("select pg_reload_conf()");
  return {
    authority,
    port: server.port,
    url: server.url,
    urlOf: (user, parameters = "") =>
      `postgresql://${user}:${PASSWORD}@127.0.0.1:${server.port}/postgres?${parameters}`,
    query,
    [Symbol.asyncDispose]: async () => {
      await server.stop({ mode: "immediate" });
      await authority[Symbol.asyncDispose]();
    },
  };
}
