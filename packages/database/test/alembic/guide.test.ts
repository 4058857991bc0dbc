import { execFile } from "node:child_process";
import { mkdir, readFile, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { hypertroqWarm, PROGRAM } from "../cli/hypertroq.ts";
import { ALEMBIC_DDL } from "../migrations/temporary-app.ts";
import { type AlembicApp, alembicApp, SEED, skip, versionRows } from "./alembic-app.ts";

/** The commands in a section of the guide, as they stand there. */
async function commands(section: string): Promise<readonly string[]> {
  const guide = await readFile(fileURLToPath(new URL("../../../../docs/migrations.md", import.meta.url)), "utf8");
  const [, text = ""] = guide.split(`## ${section}\n`);
  const blocks = text.split("\n## ")[0]!.matchAll(/^```(?:bash|console)\n(.*?)^```/gms);
  return [...blocks].flatMap(([, block = ""]) => block.trim().split("\n")).map((line) => line.replace(/^\$ /, ""));
}

/** Runs a line of the guide in a shell, where npx finds the command as it does where the package is installed. */
async function shell(app: AlembicApp, url: string, line: string): Promise<string> {
  const env = { ...process.env, DATABASE_URL: url, npm_config_update_notifier: "false", npm_config_offline: "true" };
  return (await promisify(execFile)("bash", ["-c", line], { cwd: join(app.root, "app"), env })).stdout;
}

/** The build, by its path, because an app in a temporary directory has no packages. */
const LIBRARY = fileURLToPath(new URL("../../bundle/index.js", import.meta.url));

/** The seed's model, and a column that it did not have. */
const MODELS = `import { BaseModel, boolean, defineSchema, index, text, varchar } from ${JSON.stringify(LIBRARY)};
class User extends BaseModel.define({
  email: varchar(255).index({ unique: true }),
  hashedPassword: varchar(255),
  fullName: varchar(255).nullable(),
  isActive: boolean().default(true),
  isSuperuser: boolean().default(false),
  phone: text().nullable(),
}) {
  static indexes = [index(() => User.c.id)];
}
export const schema = defineSchema({ User });
`;

describe.skipIf(skip)("the guide's takeover from Alembic", () => {
  test("is what happens, command by command, on the seed's database", async () => {
    await using app = await alembicApp([SEED]);
    await using database = await createTestDatabase();
    await database.query(ALEMBIC_DDL);
    await app.write(
      "app/hypertroq.config.mjs",
      'export default { schema: async () => (await import("./models.mjs")).schema };\n',
    );
    await app.write("app/models.mjs", MODELS);
    const bin = join(app.root, "app/node_modules/.bin/hypertroq");
    await mkdir(dirname(bin), { recursive: true });
    await symlink(PROGRAM, bin);

    const [importing, revision, upgrade, downgrade, history, current, ...others] =
      await commands("Take over from Alembic");
    expect([importing, revision, upgrade, downgrade, history, current, ...others]).toEqual([
      expect.stringMatching(/^npx hypertroq import alembic \.\.\/api\b/),
      'npx hypertroq revision --autogenerate -m "Description of changes"',
      "npx hypertroq upgrade head",
      "npx hypertroq downgrade -1",
      "npx hypertroq history",
      "npx hypertroq current",
    ]);
    expect(await shell(app, database.url, importing!)).toBe(
      ["down", "up"]
        .map((way) => `taken migrations/versions/ddef93c02177_initial_migration_with_user_model.${way}.sql\n`)
        .join(""),
    );
    const run = async (line: string | undefined): Promise<string> => {
      const [, , ...words] = [...line!.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
      return (await hypertroqWarm(words, { cwd: join(app.root, "app"), env: { DATABASE_URL: database.url } })).stdout;
    };
    expect(await run(current)).toBe("ddef93c02177 (head)\n");
    const file = await run(revision);
    const id = /^migrations\/versions\/([0-9a-f]{12})_description_of_changes\.ts\n$/.exec(file)?.[1];
    expect(await readFile(join(app.root, "app", file.trim()), "utf8")).toContain(`
export function upgrade(op: Operations): void {
  op.addColumn("users", "phone", { type: "text", nullable: true });
}
`);
    await run(upgrade);
    expect(await versionRows(database)).toEqual([id]);
    await run(downgrade);
    expect(await versionRows(database)).toEqual(["ddef93c02177"]);
    expect((await run(history)).trim().split("\n")).toEqual([
      `ddef93c02177 -> ${id} (head), Description of changes`,
      "<base> -> ddef93c02177, Initial migration with user model",
    ]);
    expect(await run(current)).toBe("ddef93c02177\n");
    expect(await app.alembic(database.url, "current")).toBe("ddef93c02177 (head)\n");
  });
});
