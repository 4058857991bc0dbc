import { type Name, quoteName, quoteQualified, showName } from "./identifier.ts";
import { checkOptions, definition, list, name, type Shape, whole } from "./options.ts";
import type { Renderers } from "./rendered.ts";

/** Extended statistics (PostgreSQL, "CREATE STATISTICS"). */
export interface StatisticsDefinition {
  readonly table: Name;
  /** Columns, or expressions of SQL: `["city", { expression: "lower(street)" }]`. */
  readonly on: readonly (string | { readonly expression: string })[];
  /** Default: all kinds. */
  readonly kinds?: readonly ("ndistinct" | "dependencies" | "mcv")[] | undefined;
}

export interface StatisticsOperations {
  /** CREATE STATISTICS. */
  createStatistics(name: Name, statistics: StatisticsDefinition): void;
  /** ALTER STATISTICS … SET STATISTICS: how closely ANALYZE looks, 0 to 10000; -1 as columns say. `was`: the same before. */
  alterStatistics(name: Name, target: number, options?: { readonly was?: number | undefined }): void;
  /** DROP STATISTICS. `was`: the definition. */
  dropStatistics(name: Name, options?: { readonly was?: StatisticsDefinition | undefined }): void;
}

const DEFINITION: Shape<StatisticsDefinition> = { table: name, on: list, kinds: list };

export const STATISTICS: Renderers<StatisticsOperations> = {
  createStatistics(name, statistics) {
    const { table, on, kinds } = checkOptions("Statistics", statistics, DEFINITION, ["table", "on"]);
    const parts = on.map((part) => (typeof part === "string" ? quoteName(part) : `(${part.expression})`));
    const which = kinds === undefined ? "" : ` (${kinds.join(", ")})`;
    return {
      subject: showName(name),
      statements: [
        `create statistics ${quoteQualified(name)}${which} on ${parts.join(", ")} from ${quoteQualified(table)}`,
      ],
      reverse: (op) => op.dropStatistics(name, { was: statistics }),
    };
  },

  alterStatistics(name, target, options = {}) {
    const { was } = checkOptions("It", options, { was: whole });
    checkOptions("It", { target }, { target: whole });
    return {
      subject: showName(name),
      statements: [`alter statistics ${quoteQualified(name)} set statistics ${target}`],
      reverse: was === undefined ? undefined : (op) => op.alterStatistics(name, was, { was: target }),
    };
  },

  dropStatistics(name, options = {}) {
    const { was } = checkOptions("It", options, { was: definition });
    return {
      subject: showName(name),
      statements: [`drop statistics ${quoteQualified(name)}`],
      reverse: was === undefined ? undefined : (op) => op.createStatistics(name, was),
    };
  },
};
