import type { OpsFacts } from "../facts.ts";
import { activity } from "./activity.ts";
import { alerts } from "./alerts.ts";
import { backups } from "./backups.ts";
import { charts } from "./charts.ts";
import { entities } from "./entities.ts";
import { health } from "./health.ts";
import { locks } from "./locks.ts";
import { migrations } from "./migrations.ts";
import { repeated } from "./repeated.ts";
import { replicas } from "./replicas.ts";
import { requests } from "./requests.ts";
import type { Section } from "./section.ts";
import { slowQueries } from "./slow-queries.ts";
import { statements } from "./statements.ts";
import { tables } from "./tables.ts";

/** The dashboard's parts, in their order. */
export const SECTIONS: readonly Section[] = [
  alerts,
  charts,
  locks,
  health,
  migrations,
  backups,
  replicas,
  activity,
  slowQueries,
  repeated,
  tables,
  entities,
  statements,
  requests,
];

/** Those of them that this application has. */
export function sectionsOf(facts: OpsFacts): readonly Section[] {
  return SECTIONS.filter(({ isShown }) => isShown?.(facts) ?? true);
}
