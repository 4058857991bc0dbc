import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FULL } from "../../../../test/sample.ts";
import { importAlembic } from "../../src/migrations/index.ts";
import { alembicApp, type PythonSource, skip } from "./alembic-app.ts";
import { withLoadedAlembic } from "./alembic-server.ts";

const place = fc.double({ min: 0, max: 1, noNaN: true });

/** What decides a revision: where its parents and its dependency are found, and which direction fails offline. */
const DRAWN = fc.record({
  parent: place,
  second: fc.option(place, { freq: 2 }),
  dependency: fc.option(place, { freq: 2 }),
  isBase: fc.boolean(),
  fails: fc.constantFrom("", "", "", "", "", "", "up", "back"),
});

interface Revision extends PythonSource {
  readonly fails: string;
  /** It and all that come before it. */
  readonly above: ReadonlySet<string>;
}

const LENGTH = FULL ? { minLength: 6, maxLength: 11 } : { minLength: 5, maxLength: 5 };

const HISTORY = fc.array(DRAWN, LENGTH).map((drawn) => {
  const above = new Map<string, ReadonlySet<string>>();
  return drawn.map(({ parent, second, dependency, isBase, fails }, index): Revision => {
    const ids = [...above.keys()];
    const chosen = (at: number | null): readonly string[] =>
      at === null ? [] : ids.slice(Math.min(ids.length - 1, Math.floor(at * ids.length))).slice(0, 1);
    const isApart = (id: string, others: readonly string[]): boolean =>
      others.every((other) => !above.get(other)!.has(id) && !above.get(id)!.has(other));
    const down = isBase && parent < 0.3 ? [] : [...chosen(0.5 + parent / 2)];
    if (down.length > 0) down.push(...chosen(second).filter((other) => isApart(other, down)));
    const needs = chosen(dependency).filter((needed) => isApart(needed, down));
    const id = `r${index}`;
    above.set(id, new Set([id, ...[...down, ...needs].flatMap((one) => [...above.get(one)!])]));
    const python = (names: readonly string[]): string =>
      names.length === 0 ? "None" : `(${names.map((name) => `'${name}',`).join(" ")})`;
    const body = (way: string): readonly string[] =>
      fails === way ? [`raise ValueError('${way} ${id}')`] : [`op.execute("select '${way} ${id}'")`];
    const source = { id, down: python(down), dependsOn: python(needs), up: body("up"), back: body("back") };
    return { ...source, fails, above: above.get(id)! };
  });
});

const numRuns = FULL ? 25 : 1;

test.skipIf(skip)(
  "each revision of random histories gets its own statements in both directions, no others",
  async () => {
    for (const history of fc.sample(HISTORY, { numRuns, seed: 11 })) {
      await using app = await alembicApp(history);
      const { revisions } = await withLoadedAlembic(() =>
        importAlembic({ from: app.project, directory: app.migrations }),
      );
      for (const { id, fails, above } of history) {
        const { files, problems } = revisions.find(({ revision }) => revision === id)!;
        const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
        const found = [...texts.join("\n").matchAll(/^(?!\/\/).*select '(\w+ \w+)'/gm)].map(([, said]) => said).sort();
        const failed = history.filter((one) => one.fails === "up" && one.id !== id && above.has(one.id));
        // A run has one start, which cannot be behind two revisions that fail.
        const isCutOff = failed.length > 1 && problems.some(({ problem }) => problem.includes("does not get past"));
        const ways = ["back", "up"].filter((way) => way !== fails && !(isCutOff && way === "up"));
        expect(found, JSON.stringify({ id, problems, history })).toEqual(ways.map((way) => `${way} ${id}`));
        if (isCutOff || fails === "") continue;
        expect(problems[0]?.problem).toMatch(new RegExp(`^ValueError: ${fails} ${id} \\(${id}_x\\.py line \\d+\\)$`));
      }
    }
  },
  600_000,
);
