import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * What things cost, counted and not timed: `counts.json` holds by section, thing and figure what each may be. It has to be
 * that, give or take the `TOLERANCE` of its figure: more is a defect or needs a reason, less is to be stored. A count that
 * is raised is written as an object, with the reason, `{ "count": 2, "reason": "…" }`; `counts.test.ts` holds that by what
 * the file was in the repository's history.
 */
export type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>;

export type StoredCount = number | { readonly count: number; readonly reason: string };

export type StoredCounts = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, StoredCount>>>>>>;

/** By how large a share a figure may be off; 0 for those that are not named. */
const TOLERANCE: Readonly<Record<string, number>> = { bytes: 0.04, instantiations: 0.01, types: 0.01 };

/** What depends on Node as much as on us is compared on the oldest that is supported, which CI runs. */
const OF_NODE: readonly string[] = ["bytes", "files", "ourFiles"];
const IS_OLDEST_NODE = process.versions.node.startsWith("20.");

export const COUNTS_FILE = fileURLToPath(new URL("counts.json", import.meta.url));

export const countOf = (stored: StoredCount): number => (typeof stored === "number" ? stored : stored.count);

/** What differs from what is stored in a section, a line each: nothing when all is as it was. */
export function deviations(
  section: string,
  measured: Counts,
  stored: StoredCounts = JSON.parse(readFileSync(COUNTS_FILE, "utf8")),
): readonly string[] {
  const expected = stored[section] ?? {};
  const gone = Object.keys(expected).filter((name) => !(name in measured));
  return [
    ...gone.map((name) => `${section}, "${name}": nothing measures it. Take it out of test/counts.json.`),
    ...Object.entries(measured).flatMap(([name, figures]) =>
      deviationsOf(`${section}, "${name}"`, figures, expected[name]),
    ),
  ];
}

function deviationsOf(
  name: string,
  measured: Readonly<Record<string, number>>,
  stored: Readonly<Record<string, StoredCount>> | undefined,
): readonly string[] {
  if (stored === undefined) return [`${name} is not in test/counts.json. Store ${JSON.stringify(measured)}.`];
  const figures = new Set([...Object.keys(measured), ...Object.keys(stored)]);
  return [...figures].flatMap((figure) => {
    if (OF_NODE.includes(figure) && !IS_OLDEST_NODE) return [];
    const [count, entry] = [measured[figure], stored[figure]];
    if (count === undefined) return [`${name}: nothing measures ${figure}. Take it out of test/counts.json.`];
    if (entry === undefined) return [`${name}: ${figure} is not in test/counts.json. Store ${count}.`];
    const before = countOf(entry);
    if (Math.abs(count - before) <= before * (TOLERANCE[figure] ?? 0)) return [];
    const what = `${name}: ${figure} ${count < before ? "fell" : "rose"} from ${before} to ${count}.`;
    return count < before
      ? [`${what} Store what is better in test/counts.json.`]
      : [`${what} Mend it, or raise it in test/counts.json: { "count": ${count}, "reason": "why it is worth it" }.`];
  });
}
