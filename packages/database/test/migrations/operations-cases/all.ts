import { COLUMNS } from "./columns.ts";
import { CONSTRAINTS } from "./constraints.ts";
import { OBJECTS } from "./objects.ts";
import type { OperationCase } from "./operation-case.ts";
import { PROGRAMS } from "./programs.ts";
import { TABLES } from "./tables.ts";
import { TYPES } from "./types.ts";

export const CASES: readonly OperationCase[] = [
  ...TABLES,
  ...COLUMNS,
  ...CONSTRAINTS,
  ...TYPES,
  ...PROGRAMS,
  ...OBJECTS,
];
