import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import {
  DatabaseManager,
  type Executor,
  index,
  integer,
  type OrderBy,
  type Page,
  type Query,
  repository,
  SoftDeleteModel,
  type Statement,
  text,
  timestamptz,
} from "../../src/index.ts";
import { createModels } from "./create-table.ts";

const ROWS = 100_000;
const LIMIT = 50;

/** 100,000 rows, with an index for each order that they are paged in. */
class Task extends SoftDeleteModel.define({
  status: text(),
  rank: integer(),
  dueAt: timestamptz().nullable(),
  openedAt: timestamptz(),
  lane: integer(),
  readyAt: timestamptz().nullable(),
}) {
  static override readonly indexes = [
    index(() => [Task.c.openedAt, Task.c.id]),
    index(() => [Task.c.status, { on: Task.c.createdAt, order: "desc" }, { on: Task.c.id, order: "desc" }]),
    index(() => [Task.c.dueAt, Task.c.id]),
    index(() => [Task.c.status, Task.c.rank, Task.c.id], { where: () => Task.c.isDeleted.eq(false) }),
    index(() => [Task.c.lane, { on: Task.c.readyAt, order: "desc" }, { on: Task.c.id, order: "desc" }]),
  ];
}
const tasks = repository(Task);

let database: TestDatabase;
let manager: DatabaseManager;

beforeAll(async () => {
  database = await createTestDatabase();
  await createModels(database, [Task]);
  await database.query(`
    insert into tasks (id, created_at, opened_at, status, rank, due_at, lane, ready_at)
    select md5(i::text)::uuid, timestamptz '2026-01-01' + i / 3 * interval '1 second',
           timestamptz '2025-01-01' + i / 2 * interval '1 second', (array['done', 'open', 'waiting'])[i % 3 + 1], i % 1000,
           case when i % 10 < 6 then timestamptz '2026-01-01' + i * interval '7 seconds' end, i % 20,
           case when i % 7 < 5 then timestamptz '2026-01-01' + i * interval '7 seconds' end
    from generate_series(1, ${ROWS}) i`);
  await database.query("vacuum analyze tasks");
  manager = new DatabaseManager({ url: database.url, poolSize: 1 });
});
afterAll(async () => {
  await manager.close();
  await database.drop();
});

interface Plan {
  readonly "Node Type": string;
  readonly Plans?: readonly Plan[];
  readonly "Index Cond"?: string;
  readonly "Actual Rows"?: number;
  readonly "Rows Removed by Filter"?: number;
}

const nodes = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)];

async function explain(options: string, { text, values }: Pick<Statement<unknown>, "text" | "values">): Promise<Plan> {
  const [row] = await database.query<{ "QUERY PLAN": [{ Plan: Plan }] }>(`explain (format json, ${options}) ${text}`, [
    ...values,
  ]);
  return row!["QUERY PLAN"][0].Plan;
}

/** The statements of a page far into the list, after a cursor and before it. */
async function deepPages(orderBy: OrderBy<Task>): Promise<Statement<unknown>[]> {
  const statements: Statement<unknown>[] = [];
  const watched = {
    all: (query: Query<unknown>) => {
      statements.push(query.compile());
      return manager.all(query);
    },
  } as unknown as Executor;
  let after: string | null = null;
  for (let at = 0; at < 2; at++) {
    const page: Page<Task> = await tasks.page(manager, { orderBy, limit: 8700, ...(after !== null && { after }) });
    after = page.nextCursor;
  }
  await tasks.page(watched, { orderBy, limit: LIMIT, after: after! });
  await tasks.page(watched, { orderBy, limit: LIMIT, before: after! });
  return statements;
}

describe("a page far into 100,000 rows is answered by the index", () => {
  const orders: readonly OrderBy<Task>[] = [
    ["openedAt", "asc"],
    ["openedAt", "desc"],
    ["dueAt", "asc"],
    ["dueAt", "desc"],
    [
      ["status", "asc"],
      ["rank", "asc"],
    ],
    [
      ["status", "desc"],
      ["rank", "desc"],
    ],
    [
      ["status", "asc"],
      ["createdAt", "desc"],
    ],
    [
      ["status", "desc"],
      ["createdAt", "asc"],
    ],
    [
      ["lane", "asc"],
      ["readyAt", "desc"],
    ],
    [
      ["lane", "desc"],
      ["readyAt", "asc"],
    ],
  ];
  it.each(orders.map((order) => [JSON.stringify(order), order] as const))("%s", async (_, orderBy) => {
    for (const statement of await deepPages(orderBy)) {
      const ran = nodes(await explain("analyze, costs off, timing off", statement));
      // With the generic plan that a prepared statement may come to have.
      const generic = nodes(await explain("generic_plan", { ...statement, values: [] }));
      for (const plan of [ran, generic]) {
        const scans = plan.filter(
          (node) => node["Node Type"].includes("Scan") && node["Node Type"] !== "Subquery Scan",
        );
        expect(scans.length).toBeGreaterThan(0);
        for (const scan of scans) {
          expect(scan["Node Type"]).toBe("Index Scan");
          expect(scan["Index Cond"]).toMatch(/^\(.*[<>=]|IS (NOT )?NULL/);
        }
        // What is sorted at all is a page: rows that have passed a limit.
        for (const sort of plan.filter((node) => node["Node Type"].includes("Sort"))) {
          expect(sort.Plans!.map((node) => node["Node Type"])).toEqual(["Limit"]);
        }
        const read = scans.reduce(
          (sum, scan) => sum + (scan["Actual Rows"] ?? 0) + (scan["Rows Removed by Filter"] ?? 0),
          0,
        );
        expect(read).toBeLessThanOrEqual(3 * (LIMIT + 1));
      }
    }
  });

  it("without any sort, where all keys have one direction and none can be NULL", async () => {
    for (const orderBy of [
      ["openedAt", "desc"],
      [
        ["status", "asc"],
        ["rank", "asc"],
      ],
    ] as const) {
      for (const statement of await deepPages(orderBy)) {
        const plan = nodes(await explain("costs off", statement));
        expect(plan.map((node) => node["Node Type"])).toEqual(["Limit", "Index Scan"]);
        expect(plan[1]!["Index Cond"]).toMatch(/^\(ROW\(.*\) [<>] ROW\(.*\)\)$/);
      }
    }
  });
});
