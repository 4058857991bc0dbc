import type { ConnectOptions } from "../connection/connect.ts";
import { type AlertRule, bySql, type Finding } from "./alerts/rule.ts";

/**
 * Major versions: the newest minor release that was known on 2026-11-26, a newer one may be by now; and when the last fixes
 * come (PostgreSQL, "Versioning Policy").
 */
const MAJORS: Readonly<Record<string, { readonly minor: number; readonly end: string }>> = {
  13: { minor: 23, end: "2025-11-13" },
  14: { minor: 23, end: "2026-11-12" },
  15: { minor: 18, end: "2027-11-11" },
  16: { minor: 14, end: "2028-11-09" },
  17: { minor: 10, end: "2029-11-08" },
  18: { minor: 4, end: "2030-11-14" },
};

/** Passwords that are in examples. */
const EXAMPLES = ["postgres", "password", "admin", "root", "secret", "changeme", "test", "123456", "hypertroq"];

/** Whether the application and its server are on one machine. */
function isLocal({ hosts }: ConnectOptions): boolean {
  return hosts.every(({ host }) => host.startsWith("/") || /^(localhost|127(\.\d+){3}|::1)$/.test(host));
}

/**
 * Rules about how an application's access to its database is protected. In production all of them count; elsewhere a server
 * on the same machine may be as it likes.
 *
 * @param target how the application connects.
 */
export function securityRules(target: ConnectOptions, isProduction: boolean): readonly AlertRule[] {
  // A value of 1 matters in production only, 2 everywhere.
  const exposed = isLocal(target) ? 1 : 2;
  const anywhere = isProduction ? { critical: 1 } : { warning: 2 };
  return [
    {
      id: "tls",
      title: "The connection to the server is not protected",
      meaning: "Who is on the way between can read and change everything, or answer in the server's stead.",
      remedy:
        "Give the server a certificate, set DB_SSL_MODE=verify-full and DB_SSL_ROOT_CERT, and refuse other connections in " +
        "pg_hba.conf (hostssl).",
      unit: "count",
      ...(isProduction ? { warning: 1, critical: 2 } : { warning: 2 }),
      async measure({ ask }) {
        if (isLocal(target)) return [];
        const [row] = await ask<{ ssl: boolean }>("select ssl from pg_stat_ssl where pid = pg_backend_pid()");
        return tlsFindings(row?.ssl === true, target.sslMode);
      },
    },
    {
      id: "default-password",
      title: "The password can be guessed",
      meaning: "Everybody who reaches the server's port can do what the application can.",
      remedy:
        "ALTER ROLE … PASSWORD with a long random one (hypertroq roles apply makes some), and put it in DATABASE_URL.",
      unit: "count",
      ...anywhere,
      async measure() {
        const { user, password } = target;
        const isGuessed = password !== undefined && (password === user || EXAMPLES.includes(password.toLowerCase()));
        return isGuessed
          ? [{ subject: `user ${user}`, value: exposed, detail: "It is its name, or one of examples." }]
          : [];
      },
    },
    {
      id: "superuser",
      title: "The application is a superuser",
      meaning:
        "Whoever makes it run a statement can read the server's files and run programs there; no policy holds for it.",
      remedy: "hypertroq roles apply makes a role that can work with rows and nothing else; connect as that.",
      unit: "count",
      ...anywhere,
      measure: async ({ ask }) => {
        const rows = await ask<{ name: string }>(
          "select rolname::text as name from pg_roles where rolname = current_user and rolsuper",
        );
        return rows.map(({ name }) => ({ subject: `user ${name}`, value: exposed, detail: "It is a superuser." }));
      },
    },
    {
      id: "public-create",
      title: "Everybody may create objects in the schema public",
      meaning: "A function or a table of somebody else's can stand in for the one that a statement means.",
      remedy: "REVOKE CREATE ON SCHEMA public FROM PUBLIC; since PostgreSQL 15 new databases are so.",
      unit: "count",
      warning: 1,
      measure: bySql(`
        select 'schema public' as subject, 1::float8 as value, 'PUBLIC has CREATE on it.' as detail
          from pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
         where n.nspname = 'public' and a.grantee = 0 and a.privilege_type = 'CREATE'`),
    },
    {
      id: "outdated",
      title: "The server is outdated",
      meaning: "Faults that are known and mended, those of security among them, are still in it.",
      remedy:
        "Install the newest minor release, which needs a restart and nothing else; or move to a major version that is cared for.",
      unit: "count",
      warning: 1,
      critical: 2,
      async measure({ ask }) {
        const [row] = await ask<{ number: number }>("select current_setting('server_version_num')::int as number");
        return outdated(row!.number, new Date()).map(([value, detail]) => ({ subject: "PostgreSQL", value, detail }));
      },
    },
    {
      id: "timeouts",
      title: "Nothing ends what takes too long",
      meaning: "One statement that never ends, or one session that forgets its transaction, can hold up everybody.",
      remedy:
        "Set DB_STATEMENT_TIMEOUT and DB_LOCK_TIMEOUT, and idle_in_transaction_session_timeout for the role; hypertroq roles " +
        "apply sets them for each role.",
      unit: "count",
      ...(isProduction ? { warning: 1 } : {}),
      async measure({ ask }) {
        // Not what holds just now, which the look has set for itself.
        const rows = await ask<{ name: string }>(`
          select name from pg_settings where reset_val = '0'
             and name in ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout') order by name`);
        const own = new Set(Object.keys(target.serverSettings));
        if (target.statementTimeout > 0) own.add("statement_timeout");
        if (target.lockTimeout > 0) own.add("lock_timeout");
        const missing = rows.map(({ name }) => name).filter((name) => !own.has(name));
        return missing.map((name) => ({ subject: name, value: 1, detail: "It is 0: there is no limit." }));
      },
    },
  ];
}

/** What is to be said of a connection to another machine: 2 not encrypted, 1 nobody looks who answers. */
export function tlsFindings(isEncrypted: boolean, sslMode: string | undefined): readonly Finding[] {
  if (!isEncrypted) return [{ subject: "TLS", value: 2, detail: "The connection is not encrypted." }];
  if (sslMode?.startsWith("verify-")) return [];
  return [{ subject: "TLS", value: 1, detail: "The server's certificate is not verified." }];
}

/**
 * What is to be said of a server's version: 1 a minor release behind, 2 no longer cared for.
 *
 * @param number `server_version_num`: 160014.
 */
export function outdated(number: number, today: Date): readonly (readonly [number, string])[] {
  const [major, minor] = [Math.floor(number / 10_000), number % 10_000];
  const findings: (readonly [number, string])[] = [];
  const { minor: newest, end } = MAJORS[major] ?? {};
  if (major < 13 || (end !== undefined && today.toISOString().slice(0, 10) > end)) {
    findings.push([
      2,
      `Version ${major} gets no fixes any more${end === undefined ? "" : `; the last were of ${end}`}.`,
    ]);
  }
  if (newest !== undefined && minor < newest) {
    findings.push([1, `It is ${major}.${minor}, and ${major}.${newest} is there.`]);
  }
  return findings;
}
