import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** An app in a directory of its own, which is removed with it. */
export interface TemporaryApp extends AsyncDisposable {
  readonly root: string;
  readonly migrations: string;
  /** Writes a file, and the directories it needs; returns its path. */
  write(path: string, text: string): Promise<string>;
}

/** A revision to write: what its upgrade and downgrade do, as statements on `op`. */
export interface RevisionSource {
  readonly id: string;
  readonly down?: string | null;
  readonly message?: string;
  readonly up?: string;
  readonly back?: string;
}

export async function temporaryApp(revisions: readonly RevisionSource[] = []): Promise<TemporaryApp> {
  const root = await mkdtemp(join(tmpdir(), "hypertroq-test-"));
  const write = async (path: string, text: string): Promise<string> => {
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    return file;
  };
  await write("hypertroq.config.mjs", "export default {};\n");
  for (const revision of revisions) await write(`migrations/versions/${revision.id}_x.ts`, revisionText(revision));
  return {
    root,
    migrations: join(root, "migrations"),
    write,
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

export function revisionText({ id, down = null, message = `does ${id}`, up = "", back = "" }: RevisionSource): string {
  return `import type { Operations } from "@hypertroq/database/migrations";

export const revision = ${JSON.stringify(id)};
export const downRevision = ${JSON.stringify(down)};
export const branchLabels = null;
export const dependsOn = null;
export const message = ${JSON.stringify(message)};
export const createdAt = "2025-11-01T09:30:00Z";

export function upgrade(op: Operations): void {
  ${up}
}

export function downgrade(op: Operations): void {
  ${back}
}
`;
}

/** A linear history `r1`, `r2` … in which each revision creates the table `t<n>`, after an optional slow statement. */
export function history(length: number, slowly = ""): RevisionSource[] {
  return Array.from({ length }, (_, index) => ({
    id: `r${index + 1}`,
    down: index === 0 ? null : `r${index}`,
    up: `op.createTable("t${index + 1}", { columns: { id: { type: "integer" } }, primaryKey: ["id"] }); ${slowly}`,
    back: `op.dropTable("t${index + 1}");`,
  }));
}

/** The first revision of the system that this one takes over from, as documented there. */
export const USERS: RevisionSource = {
  id: "ddef93c02177",
  message: "Initial migration with user model",
  up: `op.createTable("users", {
    columns: {
      id: { type: "uuid" },
      email: { type: "varchar(255)" },
      hashed_password: { type: "varchar(255)" },
      full_name: { type: "varchar(255)", nullable: true },
      is_active: { type: "boolean", default: "true" },
      is_superuser: { type: "boolean", default: "false" },
      created_at: { type: "timestamptz", default: "now()" },
      updated_at: { type: "timestamptz", default: "now()" },
    },
    primaryKey: ["id"],
  });
  op.createIndex("ix_users_email", "users", ["email"], { unique: true });
  op.createIndex("ix_users_id", "users", ["id"]);`,
  back: `op.dropIndex("ix_users_id");
  op.dropIndex("ix_users_email");
  op.dropTable("users");`,
};

/** What Alembic sends for that revision, its own table and row included. */
export const ALEMBIC_DDL = `
  CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
  );
  CREATE TABLE users (
    id UUID NOT NULL,
    email VARCHAR(255) NOT NULL,
    hashed_password VARCHAR(255) NOT NULL,
    full_name VARCHAR(255),
    is_active BOOLEAN DEFAULT true NOT NULL,
    is_superuser BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (id)
  );
  CREATE UNIQUE INDEX ix_users_email ON users (email);
  CREATE INDEX ix_users_id ON users (id);
  INSERT INTO alembic_version (version_num) VALUES ('ddef93c02177') RETURNING alembic_version.version_num;
`;

/** A name that no other test of the same server uses. */
export function uniqueName(prefix: string): string {
  return `${prefix}_${randomBytes(6).toString("hex")}`;
}
