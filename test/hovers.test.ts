import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const cache = fileURLToPath(new URL("../node_modules/.cache/", import.meta.url));
const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");

const SOURCE = `
import { alias, BaseModel, belongsTo, boolean, count, type Executor, hasMany, insert, numeric, optional, repository, select, SoftDeleteModel, text, update, uuid, varchar } from "@hypertroq/database";
export class User extends BaseModel.define({ email: varchar(255), secret: text().hidden(), isActive: boolean().default(true) }) {
  static readonly orders = hasMany(() => Order, () => Order.c.userId);
}
export class Order extends SoftDeleteModel.define({ userId: uuid(), status: text<"draft" | "paid">(), total: numeric(12, 2).nullable() }) {
  static readonly user = belongsTo(() => User, () => Order.c.userId);
}
declare const db: Executor;
const boss = optional(alias(User, "boss"));
export const instances = db.all(select(User));
export const columns = db.all(select({ id: User.c.id, total: Order.c.total, user: User, n: count(), boss, name: boss.c.email }).from(User));
export const included = db.all(select(User).include({ orders: User.orders }));
export const nested = db.first(select(Order).include({ user: Order.user.include({ orders: User.orders }) }));
export const inserted = db.one(insert(User, { email: "", secret: "" }));
export const returned = db.all(update(Order).set({ status: "paid" }).returning({ id: Order.c.id }));
export const dict = new User({ email: "", secret: "" }).toDict();
export const page = repository(User).page(db, { limit: 3 });
`;

/** What an editor shows for them: a declaration is printed by the same rules. */
const SHOWN = `export declare const instances: Promise<User[]>;
export declare const columns: Promise<{
    id: string;
    total: string | null;
    user: User;
    n: number;
    boss: User | null;
    name: string | null;
}[]>;
export declare const included: Promise<(User & {
    readonly orders: readonly Order[];
})[]>;
export declare const nested: Promise<(Order & {
    readonly user: User & {
        readonly orders: readonly Order[];
    };
}) | undefined>;
export declare const inserted: Promise<User>;
export declare const returned: Promise<{
    id: string;
}[]>;
export declare const dict: {
    id: string;
    createdAt: Date;
    updatedAt: Date;
    email: string;
    isActive: boolean;
};
export declare const page: Promise<import("@hypertroq/database").Page<User>>;
`;

it("shows types as what they are, not as how they were made", async () => {
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "hovers-"));
  try {
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(join(folder, "a.ts"), SOURCE);
    const compilerOptions = {
      target: "es2023",
      lib: ["es2023", "esnext.disposable"],
      module: "nodenext",
      strict: true,
      declaration: true,
      emitDeclarationOnly: true,
      skipLibCheck: true,
      types: ["node"],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["a.ts"] }));
    await promisify(execFile)(process.execPath, [tsc, "--singleThreaded", "--project", folder]).catch(
      (error: { stdout?: string }) => {
        throw new Error(error.stdout);
      },
    );
    expect(readFileSync(join(folder, "a.d.ts"), "utf8")).toContain(SHOWN);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
