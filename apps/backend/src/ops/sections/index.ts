import { activity } from "./activity.ts";
import { alerts } from "./alerts.ts";
import { backups } from "./backups.ts";
import { charts } from "./charts.ts";
import { entities } from "./entities.ts";
import { health } from "./health.ts";
import { locks } from "./locks.ts";
import { migrations } from "./migrations.ts";
import { repeated } from "./repeated.ts";
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
  activity,
  slowQueries,
  repeated,
  tables,
  entities,
  statements,
  requests,
];
