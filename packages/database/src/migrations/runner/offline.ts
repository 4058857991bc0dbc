import { OfflineImpossible, OfflineRangeNeeded } from "../errors.ts";
import { quoteName } from "../operations/identifier.ts";
import { inline, literal } from "../operations/literal.ts";
import type { RecordedStep } from "../operations/step.ts";
import type { Step } from "../script/revision-graph.ts";
import type { ScriptDirectory } from "../script/script-directory.ts";
import { LOCK_KEY } from "./lock.ts";
import { createLogTable, LOG_TABLE } from "./log-table.ts";
import { type PlannedRevision, recordAll } from "./plan.ts";
import { isSetting } from "./session-state.ts";
import { CREATE_VERSION_TABLE, versionWrites } from "./version-table.ts";

/** Options of {@link offlineScript}. */
export interface OfflineOptions {
  /** The role that it is to run as (SET ROLE); default: the one that connects. */
  readonly role?: string;
}

/**
 * The SQL of what a run would do, as a script that psql runs: each revision in a transaction with its version row and its
 * line of the log, and what no transaction may hold outside. It needs no database (Alembic, "offline mode").
 *
 * The script takes the migration lock, stops at the first error, and checks before each revision that the database is where
 * the revision begins.
 *
 * @param range `FROM:TO`; for an upgrade or a stamp also `TO` alone, which begins at base.
 * @throws {OfflineRangeNeeded} @throws {OfflineImpossible} on a data migration, which asks the database, and what
 *   `RevisionGraph.plan` throws.
 */
export function offlineScript(
  script: ScriptDirectory,
  direction: "upgrade" | "downgrade" | "stamp",
  range: string,
  { role }: OfflineOptions = {},
): string {
  const [from, to] = ends(range, direction);
  const rows = from === "" ? [] : script.graph.resolve(from);
  const { steps, warnings } = script.graph.plan(direction, to, rows);
  const session = [
    "set client_encoding = 'UTF8';",
    "set standard_conforming_strings = on;",
    "set client_min_messages = warning;",
    ...(role === undefined ? [] : [`set role ${quoteName(role)};`]),
  ];
  const blocks =
    direction === "stamp"
      ? steps.map((step) => transaction(versionLines(step)))
      : recordAll(script, direction, steps).map((planned, index) =>
          revisionBlock(planned, direction, index === 0, session),
        );
  return [
    [
      `-- hypertroq ${direction} ${range} --sql`,
      ...warnings.map((warning) => `-- ${warning.replaceAll("\n", "\n-- ")}`),
    ].join("\n"),
    ["\\set ON_ERROR_STOP on", "\\set AUTOCOMMIT on", ...session].join("\n"),
    begin(direction),
    ...(rows.length === 0 && steps.length > 0 ? [ifNotExists(CREATE_VERSION_TABLE)] : []),
    ...notBeyond(script, steps),
    ...blocks,
    `do $$ begin perform pg_advisory_unlock(${LOCK_KEY}); end $$;\n`,
  ].join("\n\n");
}

function ends(range: string, direction: string): readonly [from: string, to: string] {
  const [first = "", second, ...rest] = range.split(":");
  if (rest.length > 0 || (second === undefined && direction === "downgrade") || (second ?? first) === "") {
    throw new OfflineRangeNeeded(range, direction);
  }
  return second === undefined ? ["base", first] : [first, second];
}

/**
 * Takes the lock, tried once: waiting inside a statement would make CREATE INDEX CONCURRENTLY of the other run wait for this
 * one. And looks for what a run has left half done, which a script cannot go on with.
 */
function begin(direction: "upgrade" | "downgrade" | "stamp"): string {
  const found =
    direction === "stamp"
      ? `execute 'update ${LOG_TABLE} set abandoned = true where finished_at is null';`
      : `execute 'select max(revision) from ${LOG_TABLE} where finished_at is null and not abandoned' into broken;
    if broken is not null then
      raise exception '% was broken off half way. Finish it with hypertroq, or give it up with hypertroq stamp.', broken;
    end if;`;
  return `do $$ declare broken text; begin
  if not pg_try_advisory_lock(${LOCK_KEY}) then
    raise exception 'Another run holds the migration lock of this database. Run the script again when it has ended.';
  end if;
  if to_regclass('${LOG_TABLE}') is not null then
    ${found}
  end if;
end $$;`;
}

function revisionBlock(
  { revision, step, steps, isStepwise }: PlannedRevision,
  direction: "upgrade" | "downgrade",
  isFirst: boolean,
  session: readonly string[],
): string {
  const below = revision.down.join(", ") || "<base>";
  const way = direction === "upgrade" ? `${below} -> ${revision.id}` : `${revision.id} -> ${below}`;
  const statements = steps.map((recorded) => {
    if (recorded.kind === "data") throw new OfflineImpossible(revision.id, revision.file, recorded.title);
    const text = terminated(inline(recorded.statement));
    if (!isStepwise) return text;
    return recorded.recovery === undefined ? transaction([text]) : text;
  });
  const log = [
    ...(isFirst ? [ifNotExists(createLogTable(LOG_TABLE))] : []),
    `insert into ${LOG_TABLE} (revision, direction, checksum, finished_at)\n` +
      `values (${[revision.id, direction, revision.checksum].map(literal).join(", ")}, clock_timestamp());`,
  ];
  const destroyed = steps.flatMap(({ losses }) => losses.filter(({ unlikely }) => !unlikely));
  const head = [
    `-- ${direction} ${way}, ${revision.message.replaceAll(/\s+/g, " ")}`,
    ...destroyed.map(({ object, reason }) => `-- destroys data: ${object}: ${reason}`),
  ].join("\n");
  const restored = steps.some(leavesBehind)
    ? ["reset session authorization;", "reset all;", "discard temp;", ...session]
    : [];
  if (!isStepwise) {
    return `${head}\n${transaction([guard(step), ...statements, ...restored, ...log, ...versionLines(step)])}`;
  }
  return [`${head}\n${guard(step)}`, ...statements, transaction([...restored, ...log, ...versionLines(step)])].join(
    "\n\n",
  );
}

/** Whether a step may leave a setting, a role or a temporary table behind, which the next revision must not meet. */
function leavesBehind(step: RecordedStep): boolean {
  if (step.kind !== "sql") return false;
  const { text } = step.statement;
  return isSetting(text) || /\bset_config\s*\(|\btemp(?:orary)?\b/i.test(text);
}

function versionLines(step: Step): readonly string[] {
  return versionWrites(step).map(({ statement }) => terminated(inline(statement)));
}

/**
 * Stops the script on a database that has a revision of it, or one above. A step's own guard does not see that where it
 * begins a branch: a later revision has taken the place of the row that it would write.
 */
function notBeyond({ graph }: ScriptDirectory, steps: readonly Step[]): readonly string[] {
  const begun = steps.filter(({ rowsBefore, rowsAfter }) => rowsBefore.every((row) => rowsAfter.includes(row)));
  if (begun.length === 0) return [];
  const beyond = new Set(begun.map(({ revision }) => revision));
  for (const id of graph.order) {
    const needs = [...(graph.get(id)?.down ?? []), ...graph.dependencies(id)];
    if (needs.some((need) => beyond.has(need))) beyond.add(id);
  }
  return [
    `do $$ declare beyond text; begin
  select string_agg(version_num, ', ') into beyond from alembic_version
  where version_num in (${[...beyond].map(literal).join(", ")});
  if beyond is not null then
    raise exception 'The database is beyond where this begins: it is at %.', beyond;
  end if;
end $$;`,
  ];
}

/** Stops the script on a database that is not where the step begins. */
function guard(step: Step): string {
  const needed = versionWrites(step).filter(({ kind }) => kind !== "insert");
  const come = step.rowsAfter.filter((row) => !step.rowsBefore.includes(row));
  const there = needed.map(({ row }) => literal(row));
  const conditions = [
    ...(there.length === 0
      ? []
      : [`(select count(*) from alembic_version where version_num in (${there.join(", ")})) <> ${there.length}`]),
    ...come.map((row) => `exists (select from alembic_version where version_num = ${literal(row)})`),
  ];
  const place = step.rowsBefore.join(", ") || "base";
  return `do $$ begin
  if ${conditions.join(" or ")} then
    raise exception 'The database is not at ${place.replaceAll("'", "''")}, where this begins.';
  end if;
end $$;`;
}

/** With its semicolon, which must not become part of a comment at the end. */
function terminated(text: string): string {
  const [last = ""] = text.split("\n").slice(-1);
  return last.includes("--") ? `${text}\n;` : `${text};`;
}

function transaction(lines: readonly string[]): string {
  return ["begin;", ...lines, "commit;"].join("\n");
}

function ifNotExists(create: string): string {
  return `${create.replace("create table", "create table if not exists")};`;
}
