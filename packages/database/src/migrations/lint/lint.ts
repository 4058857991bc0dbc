import { basename } from "node:path";
import type { Connection } from "../../connection/connection.ts";
import type { LockMode } from "../locks/lock-mode.ts";
import { readSurroundings } from "../locks/read-surroundings.ts";
import type { Surroundings } from "../locks/surroundings.ts";
import type { Revision } from "../script/revision.ts";
import type { ScriptDirectory } from "../script/script-directory.ts";
import { type Ignore, type RecordedRevision, recordRevision } from "./recorded.ts";
import type { Rule, Severity } from "./rule.ts";
import { checkRuleId, RULES, type RuleSetting } from "./rules.ts";
import { type TableSize, tableSizes } from "./table-sizes.ts";

export interface LintOptions {
  readonly script: Pick<ScriptDirectory, "graph" | "get">;
  /** The revisions to look at, by id. */
  readonly revisions: readonly string[];
  /** A database whose tables are looked up. */
  readonly connection?: Connection | undefined;
  /** What is applied there: the version table's rows. */
  readonly current?: readonly string[] | undefined;
  /** By rule; default each as severe as it is. */
  readonly settings?: Readonly<Record<string, RuleSetting>> | undefined;
  /** Only these rules. */
  readonly only?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a rule has found, where, and what to do about it. */
export interface Finding {
  readonly rule: string;
  /** A note: the table is empty in the database at hand, so that nothing is to be feared there. */
  readonly severity: Severity | "note";
  readonly revision: string;
  readonly file: string;
  /** Undefined: it is about the whole file, or could not be found out. */
  readonly line: number | undefined;
  /** The operation, as a dry run calls it: `createIndex ix_users_email`. */
  readonly step: string;
  readonly message: string;
  readonly table: string | undefined;
  readonly lock: LockMode | undefined;
  readonly size: TableSize | undefined;
  /** What to write instead. */
  readonly rewrite: string;
}

/** The findings in revisions' upgrades, and how many remarks kept others silent. */
export interface LintReport {
  readonly findings: readonly Finding[];
  readonly ignored: number;
  /** Ids of the revisions that were looked at, in the order in which they are applied. */
  readonly revisions: readonly string[];
}

/**
 * Looks for what would stop an application while revisions are applied to a database full of rows, or break it afterwards.
 * Nothing is run. What tables look like is told by the database at hand, where none of the revisions is applied there, else
 * by the revisions below.
 *
 * @throws {DefinitionError} on a rule that there is not.
 */
export async function lint(options: LintOptions): Promise<LintReport> {
  const { script, connection, current = [], settings = {}, only, signal } = options;
  for (const id of [...Object.keys(settings), ...(only ?? [])]) checkRuleId(id);
  const rules = RULES.filter(({ id }) => settings[id] !== "off" && (only === undefined || only.includes(id)));
  const applied = new Set(script.graph.applied(current.filter((id) => script.graph.has(id))));
  const wanted = new Set(options.revisions);
  const isAhead = connection !== undefined && [...wanted].every((id) => !applied.has(id));
  let surroundings: Surroundings = isAhead ? await readSurroundings(connection, signal) : { tables: {}, domains: {} };
  const findings: Finding[] = [];
  let ignored = 0;
  for (const id of script.graph.order) {
    if (isAhead && applied.has(id)) continue;
    const revision = script.get(id);
    try {
      const recorded = await recordRevision(revision, surroundings);
      surroundings = recorded.surroundings;
      if (!wanted.has(id)) continue;
      const found = checkAll(recorded, rules);
      findings.push(...found.findings);
      ignored += found.ignored;
    } catch (error) {
      // Of one that is not asked for only its effect is unknown.
      if (wanted.has(id)) findings.push(...notRecordable(revision, error, rules));
    }
  }
  const sized = await withSizes(findings, connection, signal);
  return {
    findings: sized.map((finding) => severe(finding, settings[finding.rule])),
    ignored,
    revisions: script.graph.order.filter((id) => wanted.has(id)),
  };
}

function checkAll(recorded: RecordedRevision, rules: readonly Rule[]): { findings: Finding[]; ignored: number } {
  const { revision, statements, ignores, idle } = recorded;
  const findings: Finding[] = [];
  const used = new Set<Ignore>();
  let ignored = 0;
  for (const [index, statement] of statements.entries()) {
    for (const rule of rules) {
      for (const found of rule.check(statement)) {
        const silent = ignores[index]!.find((ignore) => ignore.rule === rule.id && ignore.reason !== "");
        if (silent !== undefined) {
          used.add(silent);
          ignored += 1;
          continue;
        }
        findings.push({
          rule: rule.id,
          severity: rule.severity,
          revision: revision.id,
          file: revision.file,
          line: statement.line,
          step: statement.step.title,
          message: found.message,
          table: found.table,
          lock: found.lock ?? (rule.regardless === true ? undefined : statement.facts.lock),
          size: undefined,
          rewrite: found.rewrite,
        });
      }
    }
  }
  const remarks = new Set([...ignores.flat(), ...idle]);
  const checked = new Set(rules.map(({ id }) => id));
  if (checked.has("lint-ignore")) {
    for (const remark of remarks) {
      const problem = problemOf(remark, used.has(remark), idle.includes(remark), checked);
      if (problem !== undefined)
        findings.push(about(revision, "lint-ignore", remark.line, `lintIgnore ${remark.rule}`, ...problem));
    }
  }
  return { findings, ignored };
}

/** What is wrong with a remark and what to do, if anything is. */
function problemOf(
  { rule, reason }: Ignore,
  isUsed: boolean,
  isIdle: boolean,
  checked: ReadonlySet<string>,
): readonly [message: string, rewrite: string] | undefined {
  if (!RULES.some(({ id }) => id === rule)) return [`There is no rule "${rule}".`, "hypertroq lint --list names all"];
  if (isIdle) return ["It stands before nothing.", "take it out, or put it before what it is about"];
  if (reason === "")
    return ["It has no reason.", "say why this is as it should be: that the table is small, that nobody reads it yet"];
  if (isUsed || !checked.has(rule)) return undefined;
  return [`The rule ${rule} finds nothing there.`, "take it out"];
}

function notRecordable(revision: Revision, error: unknown, rules: readonly Rule[]): readonly Finding[] {
  if (!rules.some(({ id }) => id === "not-recordable")) return [];
  const message = `Its upgrade throws: ${error instanceof Error ? error.message : String(error)}`;
  return [about(revision, "not-recordable", undefined, "upgrade", message, "write the upgrade, or mend it")];
}

function about(
  revision: Revision,
  id: string,
  line: number | undefined,
  step: string,
  message: string,
  rewrite: string,
): Finding {
  const { severity } = RULES.find((rule) => rule.id === id)!;
  const { file } = revision;
  return {
    rule: id,
    severity,
    revision: revision.id,
    file,
    line,
    step,
    message,
    table: undefined,
    lock: undefined,
    size: undefined,
    rewrite,
  };
}

async function withSizes(
  findings: readonly Finding[],
  connection: Connection | undefined,
  signal: AbortSignal | undefined,
): Promise<readonly Finding[]> {
  if (connection === undefined) return findings;
  const sizes = await tableSizes(
    connection,
    findings.flatMap(({ table }) => table || []),
    signal,
  );
  return findings.map((finding) => ({ ...finding, size: sizes.get(finding.table ?? "") }));
}

function severe(finding: Finding, setting: RuleSetting | undefined): Finding {
  const rule = RULES.find(({ id }) => id === finding.rule)!;
  if (finding.size?.rows === 0 && rule.regardless !== true) return { ...finding, severity: "note" };
  if (setting === undefined || setting === "off") return finding;
  return { ...finding, severity: setting === "warn" ? "warning" : "error" };
}

/** How a finding's place is called: `3f1c_add_orders.ts:12`. */
export function placeOf({ file, line }: Finding): string {
  return line === undefined ? basename(file) : `${basename(file)}:${line}`;
}
