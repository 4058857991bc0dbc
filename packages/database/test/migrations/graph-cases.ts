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
  readonly expect_steps?: readonly { readonly from_: readonly string[]; readonly to: readonly string[] }[];
  readonly expect_version_rows?: readonly string[];
  readonly expect_graph?: {
    readonly heads: readonly string[];
    readonly real_heads: readonly string[];
    readonly bases: readonly string[];
    readonly real_bases: readonly string[];
    readonly labels: Readonly<Record<string, readonly string[]>>;
  };
  readonly error_kind?: string;
  readonly inclusive?: boolean;
  readonly implicit_base?: boolean;
  readonly assert_relative_length?: boolean;
  readonly select_for_downgrade?: boolean;
}

/** Where the project's vectors are: HYPERTROQ_VECTORS, or beside the checkout. Undefined in a stranger's checkout. */
export function vectorFile(name: string): string | undefined {
  const root =
    process.env["HYPERTROQ_VECTORS"] ?? fileURLToPath(new URL("../../../../../shared/vectors", import.meta.url));
  return existsSync(root) ? `${root}/${name}` : undefined;
}

const LINE = revisions("r1; r2<r1; r3<r2");
/** A fork, one side of which is named and the other depends on it, and a merge of both. */
const FORK = revisions("a1; b1<a1 as:left; b2<b1; c1<a1 as:right; c2<c1 needs:left; m1<b2,c2");
/** Two histories, of which the second begins where the first is needed by its label. */
const TWO = revisions("u1 as:users; u2<u1; u3<u2; p1 as:pages; p2<p1 needs:u2; p3<p2");

/** Some cases of our own, for where the vectors are not. */
const OWN: readonly GraphCase[] = [
  moves("upgrade", LINE, "", "head", "r1 r2 r3", "r3"),
  moves("upgrade", LINE, "r1", "+1", "r2", "r2"),
  moves("upgrade", LINE, "r1", "r1+2", "r2 r3", "r3"),
  moves("upgrade", LINE, "r3", "r2", "", "r3"),
  moves("downgrade", LINE, "r3", "-2", "r3 r2", "r1"),
  moves("downgrade", LINE, "r3", "base", "r3 r2 r1", ""),
  moves("downgrade", LINE, "r2", "r2", "", "r2"),
  fails("downgrade", LINE, "r1", "r2", "not_downgrade_target"),
  fails("downgrade", LINE, "r1", "-2", "relative_out_of_range"),

  moves("upgrade", FORK, "a1", "right@+1", "c1", "c1"),
  moves("upgrade", FORK, "b2 c1", "m1", "c2 m1", "m1"),
  moves("upgrade", FORK, "a1", "c2", "b1 c1 c2", "c2", false),
  moves("downgrade", FORK, "b2 c2", "left@a1", "b1 b2 c2", "c1", false),
  moves("downgrade", FORK, "b2 c2", "right@a1", "c2 c1", "b2"),
  moves("downgrade", FORK, "m1", "b2", "m1", "b2 c2"),
  moves("downgrade", FORK, "c2", "c1", "c2", "b1 c1"),
  fails("upgrade", FORK, "b1 c1", "+1", "ambiguous"),
  fails("upgrade", FORK, "a1", "left@head-1", "ambiguous"),
  fails("upgrade", FORK, "", "left@c1", "not_in_branch"),
  fails("upgrade", FORK, "", "middle@head", "no_such_branch"),
  fails("upgrade", FORK, "", "b1 b2", "overlapping_targets"),
  stamps(FORK, "b2 c1", "a1", ["b2,c1>a1"]),
  stamps(FORK, "b2 c1", "left@base", ["b2>"]),
  stamps(FORK, "a1", "b1 c1", ["a1>b1", ">c1"]),

  moves("upgrade", TWO, "", "pages@head", "u1 u2 p1 p2 p3", "p3", false),
  moves("upgrade", TWO, "u2 p1", "pages@head-1", "p2", "p2"),
  moves("upgrade", TWO, "p3", "heads", "u3", "u3 p3"),
  moves("upgrade", TWO, "p3", "users@+1", "u3", "u3 p3"),
  moves("downgrade", TWO, "p3", "users@base", "p3 p2 u2 u1", "p1", false),
  moves("downgrade", TWO, "p3", "users@-1", "p3 p2 u2", "p1 u1", false),
  fails("upgrade", TWO, "", "head", "multiple_heads"),
  fails("upgrade", TWO, "", "users@p", "not_found"),
  {
    ...given("load", TWO, "", ""),
    expect_graph: {
      heads: ["u3", "p3"],
      real_heads: ["u3", "p3"],
      bases: ["u1", "p1"],
      real_bases: ["u1", "p1"],
      labels: { u1: ["users"], u2: ["users"], u3: ["users"], p1: ["pages"], p2: ["pages"], p3: ["pages"] },
    },
  },
  { ...given("load", revisions("a; b<a as:x; c<a as:x"), "", ""), error_kind: "duplicate_label" },
  { ...given("load", revisions("a needs:c; b<a; c<b"), "", ""), error_kind: "cycle" },
  range(TWO, "pages@base", "heads", "p3 p2 p1 u2 u1"),
  range(TWO, "users@-1", "heads", "u3 u2"),
  { ...range(TWO, "u3", "p3", ""), error_kind: "not_ancestor" },
];

/** `b<a needs:c as:x; …`: b follows a, depends on c, and is labelled x. */
function revisions(text: string): GraphCase["revisions"] {
  return text.split("; ").map((one) => {
    const [name = "", ...words] = one.split(" ");
    const [id = "", down] = name.split("<");
    const after = (prefix: string): string[] =>
      words.filter((word) => word.startsWith(prefix)).map((word) => word.slice(prefix.length));
    return { id, down: down?.split(",") ?? [], depends_on: after("needs:"), labels: after("as:") };
  });
}

function words(text: string): readonly string[] {
  return text === "" ? [] : text.split(" ");
}

function given(command: GraphCase["command"], nodes: GraphCase["revisions"], from: string, to: string): GraphCase {
  const name = `${command} of ${nodes.length} from ${from || "base"} to ${to}`;
  return { name, revisions: nodes, command, from: words(from), to: to.includes(" ") ? words(to) : to };
}

function moves(
  command: "upgrade" | "downgrade",
  nodes: GraphCase["revisions"],
  from: string,
  to: string,
  order: string,
  rows: string,
  forced = true,
): GraphCase {
  return {
    ...given(command, nodes, from, to),
    expect_order: words(order),
    order_forced: forced,
    expect_version_rows: words(rows),
  };
}

function fails(
  command: GraphCase["command"],
  nodes: GraphCase["revisions"],
  from: string,
  to: string,
  error_kind: string,
): GraphCase {
  return { ...given(command, nodes, from, to), error_kind };
}

/** Each step as `row,row>row`: what it takes away and what it puts there. */
function stamps(nodes: GraphCase["revisions"], from: string, to: string, steps: readonly string[]): GraphCase {
  const expect_steps = steps.map((step) => {
    const [gone = "", come = ""] = step.split(">");
    return { from_: gone === "" ? [] : gone.split(","), to: come === "" ? [] : [come] };
  });
  const rows = new Set(words(from));
  for (const { from_, to: come } of expect_steps) {
    for (const row of from_) rows.delete(row);
    for (const row of come) rows.add(row);
  }
  return { ...given("stamp", nodes, from, to), expect_steps, expect_version_rows: [...rows] };
}

function range(nodes: GraphCase["revisions"], from: string, to: string, order: string): GraphCase {
  return { ...given("iterate", nodes, from, to), inclusive: true, expect_order: words(order), order_forced: false };
}

const file = vectorFile("graph-cases.json");

export const corpus = file === undefined ? "our own corpus (the vectors are absent)" : "graph-cases.json";
export const cases: readonly GraphCase[] = file === undefined ? OWN : JSON.parse(readFileSync(file, "utf8"));
