import type { Finding, LintReport } from "../migrations/lint/lint.ts";
import type { Rule } from "../migrations/lint/rule.ts";
import type { TableSize } from "../migrations/lint/table-sizes.ts";
import { blocks } from "../migrations/locks/lock-mode.ts";
import { paint } from "./print.ts";

const COLOURS = { error: "red", warning: "yellow", note: "cyan" } as const;

/** Several lines with all that is to be known of a finding; the last is empty. */
export function describeFinding(finding: Finding, file: string): string {
  const { severity, rule, line, step, message, lock, table, size, rewrite } = finding;
  const place = line === undefined ? file : `${file}:${line}`;
  const lines = [
    `${paint(COLOURS[severity], severity)} ${paint("bold", rule)}  ${place}  ${paint("dim", step)}`,
    `  ${message}`,
  ];
  if (lock !== undefined) lines.push(`  Lock:    ${lock}, which keeps out ${blocks(lock)}`);
  if (table !== undefined && size !== undefined) lines.push(`  Table:   ${table} ${sizeOf(size)}`);
  lines.push(`  Instead: ${rewrite}`, "");
  return lines.join("\n");
}

function sizeOf({ rows, isEstimate, bytes }: TableSize): string {
  if (rows === 0) return "is empty here";
  const count = `${isEstimate ? "about " : ""}${rows.toLocaleString("en")} ${rows === 1 ? "row" : "rows"}`;
  return `has ${count}, ${bytesOf(bytes)}`;
}

function bytesOf(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** `2 errors, 1 warning in 3 revisions; 1 ignored on purpose.` */
export function summary({ findings, ignored, revisions }: LintReport): string {
  const counted = (["error", "warning", "note"] as const).flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [count === 1 ? `1 ${severity}` : `${count} ${severity}s`];
  });
  const where = revisions.length === 1 ? "1 revision" : `${revisions.length} revisions`;
  const silent = ignored === 0 ? "" : `; ${ignored} ignored on purpose`;
  if (revisions.length === 0) return "Nothing to look at: all revisions are applied.";
  return `${counted.length === 0 ? "Nothing found" : counted.join(", ")} in ${where}${silent}.`;
}

/** The rules, a line each. */
export function describeRules(rules: readonly Rule[]): string {
  const width = Math.max(...rules.map(({ id }) => id.length));
  return rules
    .map(({ id, severity, title }) => `${id.padEnd(width)}  ${paint(COLOURS[severity], severity.padEnd(7))}  ${title}`)
    .join("\n");
}
