import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** One case of graph-cases.json: revisions in file order, a command, and its known answer. */
export interface GraphCase {
  readonly name: string;
  readonly revisions: readonly {
    readonly id: string;
    readonly down: readonly string[];
    readonly depends_on: readonly string[];
    readonly labels: readonly string[];
  }[];
  readonly command: "upgrade" | "downgrade" | "stamp" | "iterate" | "load" | "resolve_one" | "resolve_many";
  readonly from: readonly string[];
  readonly to: string | readonly string[];
  readonly expect_order?: readonly string[];
  readonly order_forced?: boolean;
  readonly expect_steps?: readonly unknown[];
  readonly expect_version_rows?: readonly string[];
  readonly expect_graph?: { readonly real_heads: readonly string[]; readonly bases: readonly string[] };
  readonly error_kind?: string;
  readonly inclusive?: boolean;
  readonly implicit_base?: boolean;
  readonly assert_relative_length?: boolean;
}

/** Where the project's vectors are: HYPERTROQ_VECTORS, or beside the checkout. Undefined in a stranger's checkout. */
export function vectorFile(name: string): string | undefined {
  const root =
    process.env["HYPERTROQ_VECTORS"] ?? fileURLToPath(new URL("../../../../../shared/vectors", import.meta.url));
  return existsSync(root) ? `${root}/${name}` : undefined;
}

/** Some cases of our own, for where the vectors are not. */
const OWN: readonly GraphCase[] = [
  ownCase("upgrade", [], "head", ["r1", "r2", "r3"], ["r3"]),
  ownCase("upgrade", ["r1"], "+1", ["r2"], ["r2"]),
  ownCase("upgrade", ["r1"], "r1+2", ["r2", "r3"], ["r3"]),
  ownCase("upgrade", ["r3"], "r2", [], ["r3"]),
  ownCase("downgrade", ["r3"], "-2", ["r3", "r2"], ["r1"]),
  ownCase("downgrade", ["r3"], "base", ["r3", "r2", "r1"], []),
  ownCase("downgrade", ["r2"], "r2", [], ["r2"]),
  { ...ownCase("downgrade", ["r1"], "r2", [], []), error_kind: "not_downgrade_target" },
  { ...ownCase("downgrade", ["r1"], "-2", [], []), error_kind: "relative_out_of_range" },
];

function ownCase(
  command: GraphCase["command"],
  from: readonly string[],
  to: string,
  expect_order: readonly string[],
  expect_version_rows: readonly string[],
): GraphCase {
  const revisions = ["r1", "r2", "r3"].map((id, index, ids) => ({
    id,
    down: index === 0 ? [] : [ids[index - 1]!],
    depends_on: [],
    labels: [],
  }));
  const name = `${command} ${from.join(",") || "base"} to ${to}`;
  return { name, revisions, command, from, to, expect_order, order_forced: true, expect_version_rows };
}

const file = vectorFile("graph-cases.json");

export const corpus = file === undefined ? "our own corpus (the vectors are absent)" : "graph-cases.json";
export const allCases: readonly GraphCase[] = file === undefined ? OWN : JSON.parse(readFileSync(file, "utf8"));

/** The cases that use what this graph does: no labels, no dependencies, one target, exact relative steps. */
export const supportedCases: readonly GraphCase[] = allCases.filter((one) => {
  const targets = [one.to].flat();
  const words = [...targets, ...one.from];
  return (
    one.revisions.every(({ depends_on, labels }) => depends_on.length === 0 && labels.length === 0) &&
    words.every((word) => !word.includes("@")) &&
    new Set(targets).size <= 1 &&
    one.implicit_base !== true &&
    !["overlapping_targets", "not_ancestor"].includes(one.error_kind ?? "")
  );
});
