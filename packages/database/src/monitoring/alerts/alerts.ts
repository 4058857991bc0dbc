import { DefinitionError } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import { nearest } from "../../misspelling.ts";
import { type AlertRule, type Finding, type Limits, type Look, type Severity, severityOf } from "./rule.ts";
import { UNREACHABLE } from "./rules/reachable.ts";

/** Something that is wrong now. */
export interface Alert extends Pick<AlertRule, "id" | "title" | "meaning" | "remedy" | "unit"> {
  readonly severity: Severity;
  readonly since: Date;
  /** What was measured at the last look, the worst first. */
  readonly findings: readonly Finding[];
}

/** What has become of an alert. */
export interface AlertChange {
  readonly kind: "fired" | "worse" | "better" | "cleared";
  /** As it is now; when it was cleared, as it was before. */
  readonly alert: Alert;
  readonly at: Date;
}

/** Other limits for a rule by its id; false: the rule is not looked at. */
export type Thresholds = Readonly<Record<string, Limits | false>>;

export interface AlertsOptions {
  readonly thresholds?: Thresholds | undefined;
  /** Looks in a row that must find something before it is told. Default 2. */
  readonly fireAfter?: number | undefined;
  /** Looks in a row that must find less than nine tenths of the limit before it is over. Default 3. */
  readonly clearAfter?: number | undefined;
  readonly logger: Logger;
}

/** A value must be below so much of its limit before it counts as better. */
const CLEAR_BELOW = 0.9;
/** Findings of a rule that are kept. */
const MOST_FINDINGS = 20;

const LEVELS: readonly (Severity | undefined)[] = [undefined, "warning", "critical"];

/** A rule, and what is known of it from look to look. */
interface Watch {
  readonly rule: AlertRule;
  readonly limits: Limits;
  readonly memory: Map<string, unknown>;
  alert: Alert | undefined;
  /** The worst value of the last look. */
  worst: number | undefined;
  /** Looks in a row that were worse than what is told, and better. */
  rising: number;
  falling: number;
}

/**
 * Looks by rules, and tells what begins and ends: with patience, so that what comes and goes is told once.
 */
export class Alerts {
  readonly #options: AlertsOptions;
  readonly #watches: readonly Watch[];
  readonly #tell: (change: AlertChange) => void;

  /** @throws {DefinitionError} when two rules have one id, or a threshold is for none of them. */
  constructor(rules: readonly AlertRule[], options: AlertsOptions, tell: (change: AlertChange) => void) {
    this.#options = options;
    this.#tell = tell;
    this.#watches = watched(rules, options.thresholds).map(([rule, limits]) => {
      return { rule, limits, memory: new Map(), alert: undefined, worst: undefined, rising: 0, falling: 0 };
    });
  }

  /** What is told and not over, critical ones first. */
  current(): readonly Alert[] {
    const alerts = this.#watches.map(({ alert }) => alert).filter((alert) => alert !== undefined);
    return alerts.sort((a, b) => LEVELS.indexOf(b.severity) - LEVELS.indexOf(a.severity));
  }

  /** Of each rule: the worst value of the last look, and how severe what it tells is. */
  measures(): readonly { readonly id: string; readonly worst: number | undefined; readonly severity?: Severity }[] {
    return this.#watches.map(({ rule, worst, alert }) => {
      return { id: rule.id, worst, ...(alert === undefined ? {} : { severity: alert.severity }) };
    });
  }

  /** Looks once by all rules. Never rejects: what a rule cannot see it does not tell. */
  async look({ ask, pool }: Pick<Look, "ask" | "pool">): Promise<void> {
    let asked = ask;
    for (const watch of this.#watches) {
      const { rule, limits, memory } = watch;
      try {
        const findings = await rule.measure({ ask: asked, pool, memory, limits });
        if (rule.id === UNREACHABLE && findings.length > 0) asked = () => Promise.reject(new Error("unreachable"));
        this.#judge(watch, findings);
      } catch (error) {
        if (asked === ask) this.#options.logger.debug({ rule: rule.id, err: error }, "a rule could not look");
      }
    }
  }

  #judge(watch: Watch, findings: readonly Finding[]): void {
    const { rule, limits } = watch;
    const { fireAfter = 2, clearAfter = 3 } = this.#options;
    const worst = findings.length === 0 ? undefined : Math.max(...findings.map(({ value }) => value));
    const level = (value: number | undefined): number =>
      value === undefined ? 0 : LEVELS.indexOf(severityOf(value, limits));
    const current = LEVELS.indexOf(watch.alert?.severity);
    const rises = level(worst) > current;
    const falls = level(worst === undefined ? undefined : worst / CLEAR_BELOW) < current;
    watch.worst = worst;
    watch.rising = rises ? watch.rising + 1 : 0;
    watch.falling = falls ? watch.falling + 1 : 0;
    if (watch.alert !== undefined && findings.length > 0) watch.alert = { ...watch.alert, findings: kept(findings) };
    if (watch.rising >= (rule.fireAfter ?? fireAfter)) this.#change(watch, level(worst), findings);
    else if (watch.falling >= clearAfter) this.#change(watch, level(worst), findings);
  }

  #change(watch: Watch, level: number, findings: readonly Finding[]): void {
    const at = new Date();
    const { rule, alert: before } = watch;
    const { id, title, meaning, remedy, unit } = rule;
    const severity = LEVELS[level];
    watch.rising = 0;
    watch.falling = 0;
    if (severity === undefined) {
      watch.alert = undefined;
      if (before !== undefined) this.#tell({ kind: "cleared", alert: before, at });
      return;
    }
    const since = before?.since ?? at;
    watch.alert = { id, title, meaning, remedy, unit, severity, since, findings: kept(findings) };
    const kind = before === undefined ? "fired" : level > LEVELS.indexOf(before.severity) ? "worse" : "better";
    this.#tell({ kind, alert: watch.alert, at });
  }
}

/** Rules with their limits, without those that are off. @throws {DefinitionError} */
export function watched(
  rules: readonly AlertRule[],
  thresholds: Thresholds = {},
): readonly (readonly [AlertRule, Limits])[] {
  const ids = rules.map(({ id }) => id);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined)
    throw new DefinitionError(`There are two alert rules ${twice}. Give one of them another id.`);
  for (const id of Object.keys(thresholds)) {
    if (ids.includes(id)) continue;
    const meant = nearest(id, ids);
    const hint = meant === undefined ? `there are ${ids.join(", ")}` : `did you mean ${meant}?`;
    throw new DefinitionError(`Thresholds are given for ${id}, which is no alert rule; ${hint}`);
  }
  return rules.flatMap((rule) => {
    const own = thresholds[rule.id];
    const { warning, critical, floor } = rule;
    return own === false ? [] : [[rule, { warning, critical, floor, ...own }] as const];
  });
}

/** The same, the worst first. */
export function worstFirst(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort((a, b) => b.value - a.value);
}

function kept(findings: readonly Finding[]): readonly Finding[] {
  return worstFirst(findings).slice(0, MOST_FINDINGS);
}
