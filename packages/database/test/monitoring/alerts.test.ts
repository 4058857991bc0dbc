import { describe, expect, it } from "vitest";
import { errors } from "../../src/index.ts";
import { type AlertChange, Alerts, type AlertsOptions } from "../../src/monitoring/alerts/alerts.ts";
import type { AlertRule } from "../../src/monitoring/alerts/rule.ts";
import { REACHABLE } from "../../src/monitoring/alerts/rules/reachable.ts";
import { backupRules } from "../../src/monitoring/index.ts";

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const answer = async () => [];

/** A rule that finds the values given, one look after another; undefined: nothing. */
function finding(values: (number | undefined)[], more: Partial<AlertRule> = {}): AlertRule {
  let at = 0;
  return {
    id: "made-up",
    title: "Made up",
    meaning: "Nothing.",
    remedy: "None.",
    unit: "count",
    warning: 10,
    critical: 100,
    measure: async () => {
      const value = values[at++];
      return value === undefined ? [] : [{ subject: "it", value, detail: "Made up." }];
    },
    ...more,
  };
}

/** What is told at each look: `2 fired warning`. */
async function told(
  values: (number | undefined)[],
  options: Partial<AlertsOptions> = {},
  more: Partial<AlertRule> = {},
) {
  const lines: string[] = [];
  let look = 0;
  const alerts = new Alerts([finding(values, more)], { logger: quiet, ...options }, ({ kind, alert }) => {
    lines.push(`${look} ${kind} ${alert.severity}`);
  });
  for (look = 1; look <= values.length; look++) await alerts.look({ ask: answer, pool: undefined });
  return lines;
}

describe("an alert", () => {
  it.each<[string, (number | undefined)[], string[]]>([
    [
      "fires after two looks and clears after three",
      [10, 11, 1, 2, undefined],
      ["2 fired warning", "5 cleared warning"],
    ],
    ["does not tell what comes and goes", [10, 1, 10, undefined, 50, 1], []],
    ["stays while it is near its limit", [10, 10, 9.5, 9.5, 9.5, 9.5], ["2 fired warning"]],
    ["clears below nine tenths", [10, 10, 8.9, 8.9, 8.9], ["2 fired warning", "5 cleared warning"]],
    ["begins to count anew when it is back", [10, 10, 1, 1, 10, 1, 1, 1], ["2 fired warning", "8 cleared warning"]],
    [
      "becomes worse and better",
      [10, 10, 100, 100, 50, 50, 50, 1, 1, 1],
      ["2 fired warning", "4 worse critical", "7 better warning", "10 cleared warning"],
    ],
    ["may be critical at once", [500, 500], ["2 fired critical"]],
  ])("%s", async (_, values, lines) => {
    expect(await told(values)).toEqual(lines);
  });

  it("is told as soon as, and for as long as, somebody wants", async () => {
    expect(await told([10, 1], { fireAfter: 1, clearAfter: 1 })).toEqual(["1 fired warning", "2 cleared warning"]);
    expect(await told([10, 1], { clearAfter: 1 }, { fireAfter: 1 })).toEqual(["1 fired warning", "2 cleared warning"]);
    expect(await told([10, 10], { thresholds: { "made-up": { warning: 20 } } })).toEqual([]);
    expect(await told([10, 10], { thresholds: { "made-up": { critical: 5 } } })).toEqual(["2 fired critical"]);
    expect(await told([500, 500], { thresholds: { "made-up": false } })).toEqual([]);
  });

  it("stays as it is while its rule cannot look, and while the server does not answer", async () => {
    const rule = finding([10, 10, 10]);
    const tells: AlertChange[] = [];
    const alerts = new Alerts(
      [REACHABLE, { ...rule, measure: (look) => look.ask("select 1").then(() => rule.measure(look)) }],
      { logger: quiet, clearAfter: 1 },
      (change) => tells.push(change),
    );
    const look = (ask: () => Promise<never[]>) => alerts.look({ ask, pool: undefined });
    await look(answer);
    await look(answer);
    await look(() => Promise.reject(new Error("no")));
    await look(() => Promise.reject(new Error("no")));
    expect(tells.map(({ kind, alert }) => `${kind} ${alert.id}`)).toEqual(["fired made-up", "fired unreachable"]);
    expect(alerts.current().map(({ id, severity }) => [id, severity])).toEqual([
      ["unreachable", "critical"],
      ["made-up", "warning"],
    ]);
    await look(answer);
    expect(tells.at(-1)).toMatchObject({ kind: "cleared", alert: { id: "unreachable" } });
  });

  it("has thresholds for rules that there are, and one rule for each id", () => {
    const make = (rules: AlertRule[], thresholds = {}) => new Alerts(rules, { logger: quiet, thresholds }, () => {});
    const rule = finding([]);
    expect(() => make([rule], { "made-op": false })).toThrow("did you mean made-up?");
    expect(() => make([rule, rule])).toThrow(errors.DefinitionError);
  });
});

it("backups that are old, missing, or failed their drill are told; good ones are not", async () => {
  const hours = (n: number) => new Date(Date.now() - n * 3_600_000);
  let newest: { finishedAt: Date } | undefined = { finishedAt: hours(1) };
  let drill: { finishedAt: Date; ok: boolean } | undefined = { finishedAt: hours(7 * 24), ok: true };
  const rules = backupRules({ newestGood: async () => newest, newestDrill: async () => drill });
  const lines: string[] = [];
  const alerts = new Alerts(rules, { logger: quiet, fireAfter: 1, clearAfter: 1 }, ({ kind, alert }) => {
    lines.push(`${kind} ${alert.severity} ${alert.id}`);
  });
  const look = async () => {
    await alerts.look({ ask: answer, pool: undefined });
    return lines.splice(0);
  };
  expect(await look()).toEqual([]);
  newest = { finishedAt: hours(27) };
  drill = { finishedAt: hours(2), ok: false };
  expect(await look()).toEqual(["fired warning backup-age", "fired critical backup-drill"]);
  newest = undefined;
  expect(await look()).toEqual(["fired critical backup-missing", "cleared warning backup-age"]);
  drill = { finishedAt: hours(9 * 24), ok: true };
  expect(await look()).toEqual(["cleared critical backup-drill", "fired warning drill-age"]);
  drill = undefined;
  expect(await look()).toEqual([]);
  newest = { finishedAt: hours(0) };
  drill = { finishedAt: hours(1), ok: true };
  expect(await look()).toEqual(["cleared critical backup-missing", "cleared warning drill-age"]);
});
