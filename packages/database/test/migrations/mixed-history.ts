import type { RevisionSource } from "./temporary-app.ts";

/**
 * Thirty revisions of every way to run: transactions, indexes built and dropped concurrently, several of them in one
 * revision, data migrations in batches. Each goes back.
 */
export function mixedHistory(): RevisionSource[] {
  return Array.from({ length: 30 }, (_, index) => ({
    id: `r${String(index + 1).padStart(2, "0")}`,
    down: index === 0 ? null : `r${String(index).padStart(2, "0")}`,
    ...revision(index + 1),
  }));
}

function revision(n: number): Pick<RevisionSource, "up" | "back"> {
  switch (n % 5) {
    case 1:
      return {
        up: `op.createTable("t${n}", { columns: { id: { type: "integer" }, a: { type: "text", nullable: true } }, primaryKey: ["id"] });
  op.sql\`insert into t${n} select g, 'a' || g from generate_series(1, 50) g\`;`,
        back: `op.dropTable("t${n}");`,
      };
    case 2:
      return {
        up: `op.createIndex("ix_t${n - 1}_a", "t${n - 1}", ["a"], { concurrently: true });`,
        back: `op.dropIndex("ix_t${n - 1}_a", { concurrently: true });`,
      };
    case 3:
      return {
        up: `op.addColumn("t${n - 2}", "b", { type: "integer", default: "0" });
  op.createIndex("ix_t${n - 2}_b", "t${n - 2}", ["b"], { concurrently: true });
  op.sql\`update t${n - 2} set b = b + 1\`;
  op.createIndex("ix_t${n - 2}_ab", "t${n - 2}", ["a", "b"], { concurrently: true, unique: true });`,
        back: `op.dropIndex("ix_t${n - 2}_ab", { concurrently: true });
  op.dropIndex("ix_t${n - 2}_b", { concurrently: true });
  op.dropColumn("t${n - 2}", "b");`,
      };
    case 4:
      return {
        up: `op.addColumn("t${n - 3}", "c", { type: "text", nullable: true });
  op.dropIndex("ix_t${n - 3}_a", { concurrently: true });
  op.data("fill c", async (db) => {
    await db.batches({ table: "t${n - 3}", size: 20 }, async (rows) => {
      const ids = rows.map(({ id }) => id);
      await db.sql\`update t${n - 3} set c = coalesce(c, '') || 'x' where id = any (\${ids})\`;
    });
  });`,
        back: `op.createIndex("ix_t${n - 3}_a", "t${n - 3}", ["a"], { concurrently: true });
  op.dropColumn("t${n - 3}", "c");`,
      };
    default:
      return {
        up: `op.alterColumn("t${n - 4}", "a", { nullable: false });
  op.createCheckConstraint("t${n - 4}_b", "t${n - 4}", "b > 0");`,
        back: `op.dropConstraint("t${n - 4}_b", "t${n - 4}");
  op.alterColumn("t${n - 4}", "a", { nullable: true });`,
      };
  }
}
