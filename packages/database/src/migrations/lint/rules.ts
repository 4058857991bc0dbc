import { DefinitionError } from "../../errors.ts";
import { nearest } from "../../misspelling.ts";
import type { Rule } from "./rule.ts";
import { COLUMN_RULES } from "./rules/columns.ts";
import { CONSTRAINT_RULES } from "./rules/constraints.ts";
import { DATA_RULES } from "./rules/data.ts";
import { INDEX_RULES } from "./rules/indexes.ts";
import { PARTITION_RULES } from "./rules/partitions.ts";
import { REVISION_RULES } from "./rules/revision.ts";
import { TABLE_RULES } from "./rules/tables.ts";
import { TYPE_RULES } from "./rules/types.ts";

/** All rules there are, each with a page of its own in docs/lint. */
export const RULES: readonly Rule[] = [
  ...INDEX_RULES,
  ...COLUMN_RULES,
  ...CONSTRAINT_RULES,
  ...PARTITION_RULES,
  ...TABLE_RULES,
  ...DATA_RULES,
  ...TYPE_RULES,
  ...REVISION_RULES,
];

/** What the configuration says of a rule: not at all, or how bad it is. */
export type RuleSetting = "off" | "warn" | "error";

/** @throws {DefinitionError} naming the rule that was meant. */
export function checkRuleId(id: string): string {
  const ids = RULES.map((rule) => rule.id);
  if (ids.includes(id)) return id;
  const meant = nearest(id, ids);
  const hint = meant === undefined ? "hypertroq lint --list names all." : `Did you mean ${meant}?`;
  throw new DefinitionError(`There is no rule "${id}". ${hint}`);
}
