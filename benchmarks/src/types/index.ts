import { leftOutOf } from "../contestants/peers.ts";
import { type Findings, type RunOptions, renderTables } from "../findings.ts";
import { summarize } from "../statistics.ts";
import { DIALECTS, type TypeCost, typeCost } from "./cost.ts";

/** How many models there are, one after another. */
const SIZES = [50, 200] as const;

/** How often each is compiled: the counts do not change, the times do. */
const ROUNDS = 3;

export interface TypesOptions extends RunOptions {
  readonly sizes?: readonly number[];
  readonly rounds?: number;
}

/** What one library costs, with medians of what a machine's mood changes. */
export interface TypesStanding extends TypeCost {
  readonly library: string;
  readonly models: number;
}

export type TypesReport = Findings<TypesStanding>;

/** What it costs the compiler to check the same models and queries in each library's words. */
export async function compareTypes(options: TypesOptions): Promise<TypesReport> {
  const { sizes = SIZES, rounds = ROUNDS, log, signal } = options;
  const libraries = Object.keys(DIALECTS) as (keyof typeof DIALECTS)[];
  const leftOut = leftOutOf(libraries);
  const entries = sizes.flatMap((models) =>
    libraries
      .filter((library) => leftOut.every(({ name }) => name !== library))
      .map((library) => ({ library, models, costs: [] as TypeCost[] })),
  );
  for (let round = 1; round <= rounds; round++) {
    for (const { library, models, costs } of entries) {
      signal?.throwIfAborted();
      log(`round ${round} of ${rounds}: ${library}, ${models} models`);
      costs.push(await typeCost(library, models));
    }
  }
  return {
    standings: entries.map(({ library, models, costs }) => {
      const median = (name: keyof TypeCost): number => summarize(costs.map((cost) => cost[name])).median;
      const { instantiations, types } = costs[0]!;
      const measured = { check: median("check"), total: median("total"), memoryMiB: median("memoryMiB") };
      return { library, models, instantiations, types, ...measured };
    }),
    leftOut,
  };
}

/** The report as text for people: fewest instantiations first. */
export function renderTypes({ standings, leftOut }: TypesReport): string {
  const tables = [...new Set(standings.map((one) => one.models))].map((models) => ({
    title: `${models} models and ${models * 4} queries`,
    columns: ["instantiations", "types", "check s", "total s", "MiB"],
    rows: standings
      .filter((one) => one.models === models)
      .toSorted((a, b) => a.instantiations - b.instantiations)
      .map(({ library, instantiations, types, check, total, memoryMiB }) => [
        library,
        instantiations.toLocaleString("en"),
        types.toLocaleString("en"),
        check.toFixed(2),
        total.toFixed(2),
        memoryMiB.toFixed(0),
      ]),
  }));
  return renderTables(tables, leftOut);
}
