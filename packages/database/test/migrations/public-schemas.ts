import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { FULL, sample } from "../../../../test/sample.ts";

/** The structure of a database that somebody else has written, out of packages of Debian's. */
export interface PublicSchema {
  readonly name: string;
  readonly packages: readonly string[];
  /** Files of them, in the order in which they are run. */
  readonly files: readonly string[];
  /** What `pull` may say that models do not describe. */
  readonly beyond?: RegExp;
}

const OTHER_TYPES = "^the foreign key .* because its columns are of other types than those it refers to$";

/** From the smallest to the largest. */
const ALL: readonly PublicSchema[] = [
  {
    name: "bacula",
    packages: ["bacula-director-pgsql"],
    files: ["usr/share/dbconfig-common/data/bacula-director-pgsql/install/pgsql"],
    beyond: /^the statistics target of column /,
  },
  {
    name: "davical",
    packages: ["davical", "libawl-php"],
    files: [
      "usr/share/awl/dba/awl-tables.sql",
      "usr/share/awl/dba/schema-management.sql",
      "usr/share/davical/dba/davical.sql",
      "usr/share/davical/dba/views/dav_principal.sql",
      "usr/share/davical/dba/caldav_functions.sql",
      "usr/share/davical/dba/rrule_functions.sql",
    ],
    beyond: new RegExp(
      `${OTHER_TYPES}|^type rrule_|^rule dav_principal_|^what the foreign key caldav_exists of table `,
    ),
  },
  {
    name: "kea",
    packages: ["kea-admin"],
    files: ["usr/share/kea/scripts/pgsql/dhcpdb_create.pgsql"],
    beyond: new RegExp(OTHER_TYPES),
  },
  {
    name: "icingadb",
    packages: ["icingadb"],
    files: ["usr/share/icingadb/schema/pgsql/schema.sql"],
    beyond: /^type |^operator |^the comment of index /,
  },
  {
    name: "zabbix",
    packages: ["zabbix-server-pgsql"],
    files: ["usr/share/zabbix-server-pgsql/schema.sql.gz"],
  },
];

/** All in a full run, else one, another each day, and never the largest. */
export const publicSchemas: readonly PublicSchema[] = FULL ? ALL : sample(ALL.slice(0, -1), 1);

const cache = fileURLToPath(new URL("../../../../node_modules/.cache/public-schemas", import.meta.url));

/** Those of its packages that `.ci/public-schemas` has not fetched. */
export function missing({ packages }: PublicSchema): readonly string[] {
  return packages.filter((name) => !existsSync(join(cache, name)));
}

/** The SQL that makes it in an empty database. */
export function sqlOf({ packages, files }: PublicSchema): string {
  const texts = files.map((file) => {
    const path = packages.map((name) => join(cache, name, file)).find((one) => existsSync(one))!;
    const bytes = readFileSync(path);
    return withoutRows((path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8"));
  });
  return texts.join(";\n");
}

/** What psql sends after a COPY is no SQL. */
function withoutRows(sql: string): string {
  return sql.replace(/^copy\s[^;]*\sfrom\s+stdin[^;]*;\n[\s\S]*?^\\\.$/gim, "");
}
