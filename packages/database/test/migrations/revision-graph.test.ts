import { describe, expect, test } from "vitest";
import {
  AmbiguousRevision,
  DatabaseNewerThanCode,
  DuplicateLabel,
  DuplicateRevision,
  InvalidBranchLabel,
  InvalidRevisionId,
  MissingParent,
  NoSuchBranch,
  NotUpgradeTarget,
  RelativeOutOfRange,
  RevisionCycle,
  RevisionGraph,
  UnknownRevision,
} from "../../src/migrations/index.ts";
import { idsOf, line, node, thrown } from "./revision-graph-nodes.ts";

describe("building", () => {
  test("two revisions with one id name both files", () => {
    const error = thrown(
      () => new RevisionGraph([node("a", [], { file: "one.ts" }), node("a", [], { file: "two.ts" })]),
    );
    expect(error).toBeInstanceOf(DuplicateRevision);
    expect(error).toMatchObject({ code: "DUPLICATE_REVISION", revision: "a", files: ["one.ts", "two.ts"] });
  });

  test("a label of two revisions names both files; so does one that is a revision's id", () => {
    const twice = [
      node("a", [], { labels: ["x"], file: "a.ts" }),
      node("b", ["a"], { labels: ["y", "x"], file: "b.ts" }),
    ];
    const error = thrown(() => new RevisionGraph(twice));
    expect(error).toBeInstanceOf(DuplicateLabel);
    expect(error).toMatchObject({
      label: "x",
      revisions: ["a", "b"],
      message: expect.stringContaining("a (a.ts) and b (b.ts)"),
    });
    expect(thrown(() => new RevisionGraph([node("a"), node("b", [], { labels: ["a"] })]))).toMatchObject({
      code: "DUPLICATE_LABEL",
      label: "a",
    });
  });

  test("a missing parent or dependency is named with the file that names it", () => {
    const error = thrown(() => new RevisionGraph([node("b", ["a"], { file: "b.ts" })]));
    expect(error).toBeInstanceOf(MissingParent);
    expect(error).toMatchObject({ revision: "b", parent: "a", message: expect.stringContaining("b (b.ts) follows a") });
    const dependent = [node("a"), node("b", ["a"], { dependsOn: ["a", "users"], file: "b.ts" })];
    expect(thrown(() => new RevisionGraph(dependent))).toMatchObject({
      code: "MISSING_PARENT",
      parent: "users",
      message: expect.stringContaining("b (b.ts) depends on users"),
    });
  });

  test("a self-loop and a circle above a line are found, and only the circle is named", () => {
    expect(thrown(() => new RevisionGraph([node("a", ["a"])]))).toMatchObject({ revisions: ["a"] });
    const nodes = [...line(["a", "b"]), node("c", ["b", "e"]), node("d", ["c"]), node("e", ["d"]), node("f", ["e"])];
    const error = thrown(() => new RevisionGraph(nodes));
    expect(error).toBeInstanceOf(RevisionCycle);
    expect([...(error as RevisionCycle).revisions].sort()).toEqual(["c", "d", "e"]);
  });

  test("a circle says which part of it is a dependency, and where", () => {
    const nodes = [
      node("a", [], { dependsOn: ["top"], file: "a.ts" }),
      node("b", ["a"], { labels: ["top"], file: "b.ts" }),
    ];
    expect(thrown(() => new RevisionGraph(nodes))).toMatchObject({
      code: "REVISION_CYCLE",
      revisions: ["a", "b"],
      message: expect.stringContaining("a (a.ts) depends on b, b (b.ts) follows a."),
    });
    expect(thrown(() => new RevisionGraph([node("a", [], { dependsOn: ["a"] })]))).toMatchObject({
      message: expect.stringContaining("a depends on a."),
    });
  });

  test.each(["a@b", "a-b", "a+b", "a:b", "a b", "../a", ".a", "", "head", "base", "current", "x".repeat(33)])(
    "the id %j is refused",
    (id) => {
      expect(thrown(() => new RevisionGraph([node(id, [], { file: "x.ts" })]))).toMatchObject({
        constructor: InvalidRevisionId,
        message: expect.stringContaining("x.ts"),
      });
    },
  );

  test.each(["a@b", "a:b", "a b", "", "heads", "base", "current", "v-2", 'a"b'])("the label %j is refused", (label) => {
    const error = thrown(() => new RevisionGraph([node("r", [], { labels: [label], file: "r.ts" })]));
    expect(error).toBeInstanceOf(InvalidBranchLabel);
    expect(error).toMatchObject({ label, revision: "r", message: expect.stringContaining("r (r.ts)") });
  });

  test("a history of 20,000 revisions, given newest first", () => {
    const ids = Array.from({ length: 20_000 }, (_, i) => `r${i}`);
    const graph = new RevisionGraph(line(ids).reverse());
    expect(graph.order).toEqual(ids);
    expect(idsOf(graph.upgrade("head", ["r19997"]))).toEqual(["r19998", "r19999"]);
  });
});

describe("targets", () => {
  const graph = new RevisionGraph(line(["abc1", "abc12", "abd"]));

  test("an exact match wins over a beginning; a beginning of several lists them; nothing is guessed", () => {
    expect(graph.resolve("abc1")).toEqual(["abc1"]);
    expect(graph.resolve("abd")).toEqual(["abd"]);
    expect(graph.resolve("abc12-1")).toEqual(["abc1"]);
    const error = thrown(() => graph.resolve("ab"));
    expect(error).toBeInstanceOf(AmbiguousRevision);
    expect(error).toMatchObject({ candidates: ["abc1", "abc12", "abd"] });
    for (const nothing of ["nope", "", "abc1@", "+", "abc1-", "--1"]) {
      expect(
        thrown(() => graph.resolve(nothing)),
        nothing,
      ).toBeInstanceOf(UnknownRevision);
    }
    expect(thrown(() => graph.resolve("@head"))).toBeInstanceOf(NoSuchBranch);
  });

  test("rows that no revision has: the database is newer, whatever is asked", () => {
    for (const verb of ["upgrade", "downgrade", "stamp"] as const) {
      const error = thrown(() => graph[verb](verb === "downgrade" ? "base" : "head", ["fff"]));
      expect(error).toBeInstanceOf(DatabaseNewerThanCode);
      expect(error).toMatchObject({ unknown: ["fff"], heads: ["abd"] });
    }
  });

  test("several targets are resolved together, each once; one is asked for by resolveOne", () => {
    expect(graph.resolve(["abd", "head", "base", "abc1"])).toEqual(["abd", "abc1"]);
    expect(graph.resolveOne("abc12")).toBe("abc12");
    expect(graph.resolveOne("base")).toBeUndefined();
  });

  test("beyond the ends there is nothing", () => {
    for (const target of ["head+1", "head-4", "base-1", "base+4"]) {
      expect(
        thrown(() => graph.upgrade(target, [])),
        target,
      ).toBeInstanceOf(RelativeOutOfRange);
    }
    expect(graph.resolve("head-3")).toEqual([]);
    expect(graph.resolve("base+3")).toEqual(["abd"]);
  });

  test("base is no place to upgrade to, except from base", () => {
    for (const target of ["base", "head-3", "abc1-1", "abd@base"]) {
      const error = thrown(() => graph.upgrade(target, ["abc12"]));
      expect(error, target).toBeInstanceOf(NotUpgradeTarget);
      expect(error).toMatchObject({
        target,
        current: ["abc12"],
        message: expect.stringContaining(`hypertroq downgrade ${target}`),
      });
      expect(graph.upgrade(target, [])).toEqual([]);
    }
  });

  test("an empty history has no heads, and that is all there is to it", () => {
    const empty = new RevisionGraph([]);
    expect(empty.upgrade("head", [])).toEqual([]);
    expect(empty.between("base", "heads")).toEqual([]);
    expect(thrown(() => empty.upgrade("+1", []))).toBeInstanceOf(RelativeOutOfRange);
  });
});
