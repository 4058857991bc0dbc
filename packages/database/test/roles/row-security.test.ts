import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import {
  BaseModel,
  connectOptions,
  DatabaseManager,
  del,
  errors,
  insert,
  policy,
  select,
  sessionSetting,
  text,
  update,
  uuid,
} from "../../src/index.ts";
import { describeTable } from "../../src/model/describe-table.ts";
import { applyRoles } from "../../src/roles/index.ts";
import { assertStatements } from "../../src/testing/index.ts";
import { createModels } from "../migrations/create-models.ts";
import { uniqueName } from "../migrations/temporary-app.ts";

class Note extends BaseModel.define({ ownerId: uuid(), line: text() }) {
  static override readonly rowSecurity = "forced";
  static override readonly policies = [
    policy("own", { using: () => Note.c.ownerId.eq(sessionSetting("app.user_id", "uuid")) }),
  ];
}

const [MIRA, TOM] = ["00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"];
const prefix = uniqueName("rls");
let database: TestDatabase;
/** The application, on one connection, which all sessions have one after another. */
let app: DatabaseManager;
/** The tables' owner, whom FORCE does not spare. */
let migrator: DatabaseManager;

beforeAll(async () => {
  database = await createTestDatabase();
  await createModels(database, [Note]);
  const [own] = describeTable(Note).policies;
  await database.query(`
    alter table notes enable row level security;
    alter table notes force row level security;
    create policy ${own!.name} on notes using (${own!.using})`);
  const { passwords } = await applyRoles({ connect: connectOptions({ url: database.url }), config: { prefix } });
  const as = (kind: string): DatabaseManager => {
    const name = `${prefix}_${kind}`;
    return new DatabaseManager({
      url: Object.assign(new URL(database.url), { username: name, password: passwords[name] }).href,
      poolSize: 1,
    });
  };
  [app, migrator] = [as("app"), as("migrator")];
  for (const ownerId of [MIRA, TOM]) {
    await app.session((db) => db.execute(insert(Note, { ownerId, line: ownerId })), {
      context: { "app.user_id": ownerId },
    });
  }
});
afterAll(async () => {
  await app.close();
  await migrator.close();
  await database.drop();
  const server = await createTestDatabase();
  for (const kind of ["owner", "migrator", "app", "readonly", "backup"])
    await server.query(`drop role ${prefix}_${kind}`);
  await server.drop();
});

const seenBy = (user: string | undefined, manager = app): Promise<string[]> =>
  manager.session(
    async (db) => (await db.all(select(Note))).map(({ ownerId }) => ownerId),
    user === undefined ? {} : { context: { "app.user_id": user } },
  );

it("each sees what is theirs; who is nobody sees nothing, also on a connection that somebody has used", async () => {
  expect(await seenBy(MIRA)).toEqual([MIRA]);
  expect(await seenBy(undefined)).toEqual([]);
  expect(await seenBy(TOM)).toEqual([TOM]);
  expect(await app.all(select(Note))).toEqual([]);
  expect(await seenBy("")).toEqual([]);
  expect(await seenBy(MIRA, migrator)).toEqual([MIRA]);
  expect(await seenBy(undefined, migrator)).toEqual([]);
  await expect(seenBy("nobody")).rejects.toThrow(errors.DataError);
});

it("each writes what is theirs, and nobody anything", async () => {
  const as = (user: string) => ({ context: { "app.user_id": user } });
  await expect(
    app.session((db) => db.execute(insert(Note, { ownerId: TOM, line: "forged" })), as(MIRA)),
  ).rejects.toThrow(errors.InsufficientPrivilege);
  await expect(app.execute(insert(Note, { ownerId: TOM, line: "forged" }))).rejects.toThrow(
    errors.InsufficientPrivilege,
  );
  const everything = Note.c.line.ne("");
  expect(await app.session((db) => db.execute(update(Note).set({ line: "new" }).where(everything)), as(MIRA))).toBe(1);
  expect(await app.execute(del(Note).where(everything))).toBe(0);
  expect(await database.query("select line from notes order by owner_id")).toEqual([{ line: "new" }, { line: TOM }]);
});

it("a session that fails or is rolled back leaves nothing of whose it was", async () => {
  await expect(
    app.session(
      async (db) => {
        await db.all(select(Note));
        throw new Error("enough");
      },
      { context: { "app.user_id": MIRA } },
    ),
  ).rejects.toThrow("enough");
  expect(await seenBy(undefined)).toEqual([]);
});

it("costs no round trip: the setting travels with BEGIN and the first statement", async () => {
  await seenBy(MIRA);
  await assertStatements(app, { statements: 1, roundTrips: 2 }, () => seenBy(MIRA));
});

it("a setting that an application cannot have is refused", () => {
  for (const name of ["role", "app.", "app.user'id", ""])
    expect(() => sessionSetting(name, "uuid")).toThrow(errors.DefinitionError);
  expect(() => sessionSetting("app.user", "jsonb" as "text")).toThrow("one of text, uuid, integer, bigint");
});
