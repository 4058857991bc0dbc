import { connectOptions, type DatabaseOptions } from "../connection/options.ts";
import { type Alert, watched, worstFirst } from "./alerts/alerts.ts";
import { severityOf } from "./alerts/rule.ts";
import { DEFAULT_RULES } from "./alerts/rules/index.ts";
import type { MonitoringConfig } from "./monitor.ts";
import { securityRules } from "./security.ts";
import { SideConnection } from "./server/side-connection.ts";

/** Options of {@link checkUp}. */
export interface CheckUpOptions extends Pick<MonitoringConfig, "rules" | "thresholds"> {
  /** Whether others depend on this database, so that what protects it must be there. Default false. */
  readonly isProduction?: boolean | undefined;
}

/** What one look by all rules has found. */
export interface CheckUp {
  /** Critical ones first. */
  readonly alerts: readonly Omit<Alert, "since">[];
  /** Rules that found nothing, by id. */
  readonly fine: readonly string[];
  /** Rules that could not look, and why. */
  readonly unknown: readonly { readonly id: string; readonly reason: string }[];
}

/**
 * Looks once at a database, by the rules of a monitor and by those about its protection, on a connection of its own. Changes
 * nothing. What a rule finds by how something grows it cannot find in one look.
 *
 * @throws {SettingsError} {ConnectionFailed} @throws {DefinitionError} when a threshold is for no rule.
 */
export async function checkUp(options: DatabaseOptions, how: CheckUpOptions = {}): Promise<CheckUp> {
  const target = connectOptions(options);
  const security = securityRules(target, how.isProduction ?? false);
  const rules = watched([...DEFAULT_RULES, ...security, ...(how.rules ?? [])], how.thresholds);
  const side = new SideConnection(target, "hypertroq doctor");
  const alerts: Omit<Alert, "since">[] = [];
  const fine: string[] = [];
  const unknown: { id: string; reason: string }[] = [];
  try {
    await side.ask("select 1"); // when there is no server, that is all there is to say
    for (const [rule, limits] of rules) {
      const { id, title, meaning, remedy, unit } = rule;
      try {
        const measured = await rule.measure({ ask: side.ask, pool: undefined, memory: new Map(), limits });
        const findings = worstFirst(measured.filter(({ value }) => severityOf(value, limits) !== undefined));
        const [worst] = findings;
        const severity = worst && severityOf(worst.value, limits);
        if (severity === undefined) fine.push(id);
        else alerts.push({ id, title, meaning, remedy, unit, severity, findings });
      } catch (error) {
        unknown.push({ id, reason: error instanceof Error ? error.message : String(error) });
      }
    }
  } finally {
    await side.close();
  }
  return {
    alerts: alerts.sort((a, b) => Number(b.severity === "critical") - Number(a.severity === "critical")),
    fine,
    unknown,
  };
}
