import { describe, expect, test } from "vitest";
import {
  AmbiguousRevision,
  DatabaseNewerThanCode,
  MultipleHeads,
  NoSuchBranch,
  NotAncestor,
  NotDowngradeTarget,
  NotInBranch,
  OverlappingRevisions,
  RelativeOutOfRange,
  RevisionGraph,
  UnknownRevision,
} from "../../src/migrations/index.ts";
import { idsOf, line, node, thrown } from "./revision-graph-nodes.ts";

/** a is shared; users goes on by b1, b2, and pages by c1, c2, of which c2 depends on b1; m merges both. */
const forked = [
  node("a"),
  node("b1", ["a"], { labels: ["users"] }),
  node("b2", ["b1"]),
  node("c1", ["a"], { labels: ["pages"] }),
  node("c2", ["c1"], { dependsOn: ["users"] }),
];
const merged = [...forked, node("m", ["b2", "c2"])];

describe("branches", () => {
  const graph = new RevisionGraph(forked);

  test("two heads: head fails and names them, heads takes both, a merge point joins their rows", () => {
    expect(thrown(() => graph.upgrade("head", []))).toMatchObject({ heads: ["b2", "c2"] });
    expect(thrown(() => graph.resolve("head"))).toBeInstanceOf(MultipleHeads);
    expect(thrown(() => graph.resolveOne("heads"))).toBeInstanceOf(MultipleHeads);
    expect(thrown(() => graph.downgrade("heads", ["b2", "c2"]))).toBeInstanceOf(MultipleHeads);
    expect(thrown(() => graph.upgrade("a+1", []))).toBeInstanceOf(AmbiguousRevision);
    const steps = graph.upgrade("heads", []);
    expect(steps.at(-1)?.rowsAfter.toSorted()).toEqual(["b2", "c2"]);

    const joined = new RevisionGraph(merged);
    expect(joined.upgrade("head", ["b2", "c2"])).toEqual([
      { revision: "m", rowsBefore: ["b2", "c2"], rowsAfter: ["m"] },
    ]);
    expect(joined.downgrade("b2", ["m"])[0]?.rowsAfter).toEqual(["b2", "c2"]);
    expect(thrown(() => joined.resolve("m-1"))).toBeInstanceOf(AmbiguousRevision);
    expect(joined.upgrade("heads", ["b2", "c1"])).toEqual([
      { revision: "c2", rowsBefore: ["b2", "c1"], rowsAfter: ["b2", "c2"] },
      { revision: "m", rowsBefore: ["b2", "c2"], rowsAfter: ["m"] },
    ]);
  });

  test("what a database holds that has everything: heads that nothing depends on", () => {
    const dependent = new RevisionGraph([node("a1"), node("b1", [], { dependsOn: ["a1"] })]);
    expect(dependent.heads).toEqual(["a1", "b1"]);
    expect(dependent.realHeads).toEqual(["b1"]);
    expect(dependent.bases).toEqual(["a1", "b1"]);
    expect(dependent.realBases).toEqual(["a1"]);
    expect(dependent.upgrade("heads", []).at(-1)?.rowsAfter).toEqual(["b1"]);
  });

  test("a branch and a symbol: the symbol is looked for in the lineage of what names the branch", () => {
    expect(graph.resolve("users@head")).toEqual(["b2"]);
    expect(graph.resolve("users@heads")).toEqual(["b2"]);
    expect(graph.resolve("users@base")).toEqual([]);
    expect(graph.resolve("users@a")).toEqual(["a"]);
    expect(thrown(() => graph.resolve("users@b"))).toMatchObject({ candidates: ["b1", "b2"] });
    expect(thrown(() => graph.resolve("users@c"))).toBeInstanceOf(UnknownRevision);
    const alike = new RevisionGraph([node("some1", [], { labels: ["x"] }), node("some2")]);
    expect(thrown(() => alike.resolve("some"))).toBeInstanceOf(AmbiguousRevision);
    expect(alike.resolve("x@some")).toEqual(["some1"]);
  });

  test("a label is a revision's name, its beginning too, and an id names a branch", () => {
    expect(graph.resolve("users")).toEqual(["b1"]);
    expect(graph.resolve("us@head")).toEqual(["b2"]);
    expect(graph.resolve("pag")).toEqual(["c1"]);
    expect(graph.resolve("c2@head-1")).toEqual(["c1"]);
    expect(graph.resolve("c2@pages")).toEqual(["c1"]);
    expect(thrown(() => graph.resolve("pages@users"))).toBeInstanceOf(NotInBranch);
  });

  test("labels with a hyphen or a plus can be used like others", () => {
    const named = new RevisionGraph([node("a", [], { labels: ["shopping-cart", "c++"] }), node("b", ["a"])]);
    expect(named.resolve("shopping-cart")).toEqual(["a"]);
    expect(named.resolve("shopping-cart+1")).toEqual(["b"]);
    expect(named.resolve("shopping-cart@head-1")).toEqual(["a"]);
    expect(named.resolve("c++@head")).toEqual(["b"]);
  });

  test("what is not of the branch, and what is no branch", () => {
    const error = thrown(() => graph.resolve("users@c1"));
    expect(error).toBeInstanceOf(NotInBranch);
    expect(error).toMatchObject({ code: "NOT_IN_BRANCH", revision: "c1", branch: "users" });
    const none = thrown(() => graph.resolve("orders@head"));
    expect(none).toBeInstanceOf(NoSuchBranch);
    expect(none).toMatchObject({ branch: "orders", message: expect.stringContaining("pages, users") });
    expect(thrown(() => graph.downgrade("users@c1", ["c2", "b2"]))).toBeInstanceOf(NotInBranch);
  });

  test("+N with a branch walks on it: from its row, from where it parts, from base", () => {
    expect(idsOf(graph.upgrade("users@+1", ["b1", "c1"]))).toEqual(["b2"]);
    expect(idsOf(graph.upgrade("users@+1", ["c1"]))).toEqual(["b1"]);
    expect(idsOf(graph.upgrade("users@+2", []))).toEqual(["a", "b1"]);
    expect(idsOf(graph.upgrade("pages@a+1", []))).toEqual(["a", "c1"]);
    expect(thrown(() => graph.upgrade("+1", ["b1", "c1"]))).toMatchObject({ candidates: ["b1", "c1"] });
    expect(thrown(() => graph.upgrade("users@+1", ["b2"]))).toBeInstanceOf(RelativeOutOfRange);
    expect(thrown(() => graph.upgrade("users@-1", ["b2"]))).toBeInstanceOf(RelativeOutOfRange);
    expect(thrown(() => graph.downgrade("users@+1", ["b2"]))).toBeInstanceOf(RelativeOutOfRange);
  });

  test("-N with a branch goes back on it: from its row, from where a dependent holds it, not from where it parts", () => {
    expect(idsOf(graph.downgrade("users@-1", ["b2", "c1"]))).toEqual(["b2"]);
    expect(idsOf(graph.downgrade("users@-1", ["c2"]))).toEqual(["c2", "b1"]);
    const error = thrown(() => graph.downgrade("users@-1", ["c1"]));
    expect(error).toBeInstanceOf(RelativeOutOfRange);
    expect(error).toMatchObject({ message: expect.stringContaining("nothing of this branch is applied") });
    const tree = new RevisionGraph([node("a", [], { labels: ["x"] }), node("b", ["a"]), node("c", ["a"])]);
    expect(thrown(() => tree.downgrade("x@-1", ["b", "c"]))).toMatchObject({ candidates: ["b", "c"] });
  });

  test("a dependency loses its row to the dependent, and gets it back", () => {
    expect(graph.upgrade("c2", ["b1", "c1"])).toEqual([
      { revision: "c2", rowsBefore: ["b1", "c1"], rowsAfter: ["c2"] },
    ]);
    expect(graph.downgrade("c1", ["c2"])).toEqual([{ revision: "c2", rowsBefore: ["c2"], rowsAfter: ["c1", "b1"] }]);
    expect(idsOf(graph.upgrade("pages@head", ["a"]))).toEqual(["b1", "c1", "c2"]);
    expect(idsOf(graph.upgrade("users@+1", ["c2"]))).toEqual(["b2"]);
  });

  test("targets that overlap, and rows that do", () => {
    const error = thrown(() => graph.upgrade(["b2", "a", "c1"], []));
    expect(error).toBeInstanceOf(OverlappingRevisions);
    expect(error).toMatchObject({ code: "OVERLAPPING_REVISIONS", revision: "b2", covered: ["a"] });
    expect(idsOf(graph.upgrade(["b1", "b1"], []))).toEqual(["a", "b1"]);
    expect(thrown(() => graph.upgrade("heads", ["a", "b2"]))).toMatchObject({
      code: "OVERLAPPING_REVISIONS",
      message: expect.stringContaining("stamp --purge"),
    });
    expect(thrown(() => graph.downgrade("-1", ["b1", "a"]))).toMatchObject({ code: "OVERLAPPING_REVISIONS" });
  });

  test("a downgrade says why it is none", () => {
    expect(thrown(() => graph.downgrade("b2", ["b1"]))).toMatchObject({
      code: "NOT_DOWNGRADE_TARGET",
      message: expect.stringContaining("b2 is not applied"),
    });
    // Applied, but only because c2 needs it.
    expect(thrown(() => graph.downgrade("b1", ["c2"]))).toMatchObject({
      message: expect.stringContaining("nothing of its own branch stands on it"),
    });
    const tree = new RevisionGraph([
      node("a"),
      node("b", ["a"], { labels: ["x"] }),
      node("c", ["b"]),
      node("d", ["b"]),
    ]);
    const error = thrown(() => tree.downgrade("x@b", ["c", "d"]));
    expect(error).toBeInstanceOf(NotDowngradeTarget);
    expect(error).toMatchObject({ message: expect.stringContaining("names none of them") });
    expect(thrown(() => tree.plan("downgrade", ["c", "d"], ["c"]))).toBeInstanceOf(AmbiguousRevision);
  });

  test("what the commands show", () => {
    const joined = new RevisionGraph(merged);
    expect(joined.isBranchPoint("a")).toBe(true);
    expect(joined.isBranchPoint("b1")).toBe(false); // c2 only depends on it
    expect(joined.isMergePoint("m")).toBe(true);
    expect(joined.children("a")).toEqual(["b1", "c1"]);
    expect(joined.dependents("b1")).toEqual(["c2"]);
    expect(joined.dependencies("c2")).toEqual(["b1"]);
    expect(joined.get("c2")).toMatchObject({ id: "c2", dependsOn: ["users"] });
    expect(joined.get("z")).toBeUndefined();
    expect([...joined.labels]).toEqual([
      ["users", "b1"],
      ["pages", "c1"],
    ]);
    expect(joined.branchLabelsOf("a")).toEqual([]);
    expect(joined.branchLabelsOf("c2")).toEqual(["pages"]);
    expect(joined.branchLabelsOf("m")).toEqual(["pages", "users"]);
    expect(joined.applied(["c2"])).toEqual(["a", "b1", "c1", "c2"]);
    expect(thrown(() => joined.applied(["z"]))).toBeInstanceOf(DatabaseNewerThanCode);
  });

  test("a label is that of the revisions below as long as all is one line", () => {
    const top = new RevisionGraph([...line(["a", "b"]), node("c", ["b"], { labels: ["x"] }), node("d", ["c"])]);
    expect(top.order.map((id) => top.branchLabelsOf(id))).toEqual([["x"], ["x"], ["x"], ["x"]]);
    const needed = new RevisionGraph([
      ...line(["a", "b", "c"]),
      node("d", ["c"], { labels: ["x"] }),
      node("z", [], { dependsOn: ["b"] }),
    ]);
    expect(["a", "b", "c", "d"].map((id) => needed.branchLabelsOf(id))).toEqual([[], [], ["x"], ["x"]]);
  });
});

describe("warnings", () => {
  const graph = new RevisionGraph(forked);

  test("-N with several rows counts from the first, and says so and how to choose", () => {
    const { steps, warnings } = graph.plan("downgrade", "-1", ["b2", "c1"]);
    expect(steps).toEqual([{ revision: "b2", rowsBefore: ["b2", "c1"], rowsAfter: ["c1", "b1"] }]);
    expect(warnings).toEqual([expect.stringContaining("b2@-1 or c1@-1")]);
    expect(graph.plan("downgrade", "c1@-1", ["b2", "c1"])).toEqual({
      steps: [{ revision: "c1", rowsBefore: ["b2", "c1"], rowsAfter: ["b2"] }],
      warnings: [],
    });
    expect(graph.plan("downgrade", "-1", ["b2"]).warnings).toEqual([]);
  });

  test("BRANCH@base does not take a sibling down, and says what it keeps", () => {
    const { steps, warnings } = graph.plan("downgrade", "users@base", ["b2", "c1"]);
    expect(steps).toEqual([
      { revision: "b2", rowsBefore: ["b2", "c1"], rowsAfter: ["c1", "b1"] },
      { revision: "b1", rowsBefore: ["c1", "b1"], rowsAfter: ["c1"] },
    ]);
    expect(warnings).toEqual([
      expect.stringContaining("users@base keeps a and what is below it: c1 of another branch"),
    ]);
    expect(graph.plan("downgrade", "users@base", ["b2"])).toMatchObject({ warnings: [] });
    expect(idsOf(graph.downgrade("users@base", ["b2"]))).toEqual(["b2", "b1", "a"]);
    expect(graph.downgrade("users@base", ["c1"])).toEqual([]);
    expect(idsOf(graph.downgrade("base", ["b2", "c1"])).toSorted()).toEqual(["a", "b1", "b2", "c1"]);
  });

  test("what depends on the branch falls with it, and is named", () => {
    const { steps, warnings } = graph.plan("downgrade", "users@base", ["b2", "c2"]);
    expect(idsOf(steps).toSorted()).toEqual(["b1", "b2", "c2"]);
    expect(steps.at(-1)?.rowsAfter).toEqual(["c1"]);
    expect(warnings).toEqual([
      expect.stringContaining("keeps a"),
      expect.stringContaining("also reverts c2 of other branches"),
    ]);
  });

  test("a revision below the fork takes the sibling down, as in Alembic, and says so", () => {
    const tree = new RevisionGraph([...line(["a", "b"]), node("c", ["b"], { labels: ["x"] }), node("d", ["b"])]);
    const { steps, warnings } = tree.plan("downgrade", "x@a", ["c", "d"]);
    expect(idsOf(steps).toSorted()).toEqual(["b", "c", "d"]);
    expect(warnings).toEqual([expect.stringContaining("also reverts d of other branches")]);
  });

  test("a stamp of targets that overlap does it and warns", () => {
    const { steps, warnings } = graph.plan("stamp", ["a", "b2"], []);
    expect(steps.at(-1)?.rowsAfter).toEqual(["a", "b2"]);
    expect(warnings).toEqual([expect.stringContaining("b2 needs a")]);
    expect(graph.plan("stamp", ["b1", "c1"], ["a"])).toEqual({
      steps: [
        { revision: "b1", rowsBefore: ["a"], rowsAfter: ["b1"] },
        { revision: "c1", rowsBefore: ["b1"], rowsAfter: ["b1", "c1"] },
      ],
      warnings: [],
    });
  });
});

describe("ranges", () => {
  const graph = new RevisionGraph(merged);
  const between = (lower: string, upper: string, strict = true): readonly string[] =>
    graph.between(lower, upper, { strict });

  test("from below to above, with what the upper end needs where the range begins at base", () => {
    expect(between("base", "heads")).toEqual(graph.order);
    expect(between("base", "pages@c2")).toEqual(["a", "b1", "c1", "c2"]);
    expect(between("c1", "m")).toEqual(["c1", "c2", "m"]);
    expect(between("b1", "m")).toEqual(["b1", "b2", "m"]);
    expect(between("a", "a")).toEqual(["a"]);
    expect(graph.between(["b1", "c1"], "m")).toHaveLength(5);
  });

  test("relative ends count from the other end, and stop at the ends of the graph unless they must not", () => {
    expect(between("-2", "b2")).toEqual(["a", "b1", "b2"]);
    expect(between("-9", "b2", false)).toEqual(["a", "b1", "b2"]);
    expect(thrown(() => between("-9", "b2"))).toBeInstanceOf(RelativeOutOfRange);
    expect(thrown(() => between("b1", "-1", false))).toBeInstanceOf(RelativeOutOfRange);
    expect(between("b1", "+9", false)).toEqual(["b1", "b2", "m"]);
    expect(between("users@-1", "b2")).toEqual(["b1", "b2"]);
    const open = new RevisionGraph(forked);
    expect(open.between("-1", "heads").toSorted()).toEqual(["b1", "b2", "c1", "c2"]);
    expect(open.between("pages@-1", "heads")).toEqual(["c1", "c2"]);
  });

  test("a lower end of a branch leaves the others out", () => {
    const two = new RevisionGraph([...line(["a1", "a2"]), node("b1", [], { labels: ["b"] }), node("b2", ["b1"])]);
    expect(two.between("b@base", "heads")).toEqual(["b1", "b2"]);
    expect(two.between("b2@base", "heads")).toEqual(["b1", "b2"]);
  });

  test("an upper end that does not need the lower", () => {
    const error = thrown(() => between("m", "a"));
    expect(error).toBeInstanceOf(NotAncestor);
    expect(error).toMatchObject({ code: "NOT_ANCESTOR", lower: ["m"], upper: ["a"] });
    expect(thrown(() => between("a", "base"))).toBeInstanceOf(NotAncestor);
  });
});
