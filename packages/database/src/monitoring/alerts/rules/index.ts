import type { AlertRule } from "../rule.ts";
import { POOL_RULES } from "./pool.ts";
import { RATE_RULES } from "./rates.ts";
import { REACHABLE } from "./reachable.ts";
import { REPLICATION_RULES } from "./replication.ts";
import { SESSION_RULES } from "./sessions.ts";
import { STORAGE_RULES } from "./storage.ts";

/** The rules that every database is looked at with. */
export const DEFAULT_RULES: readonly AlertRule[] = [
  REACHABLE,
  ...SESSION_RULES,
  ...RATE_RULES,
  ...STORAGE_RULES,
  ...REPLICATION_RULES,
  ...POOL_RULES,
];
