import { BaseModel, type Executor, select, sql, text, uuid } from "@hypertroq/database";

/** A tree: a squat is a leg exercise, and a front squat is a squat. */
export class Exercise extends BaseModel.define({
  name: text(),
  parentId: uuid()
    .nullable()
    .references(() => Exercise.c.id),
}) {}

/**
 * An exercise and all that is below it, with its depth. The common table expression is written by hand, with the model's
 * names in it; rows are of the type that is said.
 *
 * ```sql
 * with recursive tree (id, depth) as (
 *   select "exercises"."id", 0 from "exercises" where "exercises"."name" = $1
 *   union all
 *   select "exercises"."id", depth + 1 from "exercises" join tree on "exercises"."parent_id" = tree.id
 * )
 * select "exercises"."name", depth from tree join "exercises" on "exercises"."id" = tree.id
 * order by depth, "exercises"."name"
 * ```
 */
export async function outline(db: Executor, name: string): Promise<{ name: string; depth: number }[]> {
  const { c } = Exercise;
  return await db.all(sql<{ name: string; depth: number }>`
    ${tree(name)}
    select ${c.name}, depth from tree join ${Exercise} on ${c.id} = tree.id
    order by depth, ${c.name}`);
}

/** The same rows as instances: SQL by hand is a condition of a query of the builder. */
export async function family(db: Executor, name: string): Promise<Exercise[]> {
  const { c } = Exercise;
  return await db.all(
    select(Exercise)
      .where(sql`${c.id} in (${tree(name)} select id from tree)`)
      .orderBy(c.name),
  );
}

/** A piece of SQL, with its parameter, for use in others. */
const tree = (name: string) => {
  const { c } = Exercise;
  return sql`with recursive tree (id, depth) as (
      select ${c.id}, 0 from ${Exercise} where ${c.name} = ${name}
      union all
      select ${c.id}, depth + 1 from ${Exercise} join tree on ${c.parentId} = tree.id
    )`;
};
