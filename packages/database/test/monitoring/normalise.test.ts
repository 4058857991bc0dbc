import { expect, it } from "vitest";
import { normalise, normalisePlan, parameterCount } from "../../src/session/normalise.ts";

it.each([
  ["select 1", "select ?"],
  ["select 'it''s' , E'a\\'b', $$x 'y' $$, $t$ a $$ b $t$, U&'d', x'ff', 1.5e-3, .5", "select ?, …"],
  ["select a1, t2.b from t2 where c = $1", "select a1, t2.b from t2 where c = $1"],
  ['select "a ""1"" b" from "T"', 'select "a ""1"" b" from "T"'],
  ["select 'plain\\' from a where b = 'secret'", "select ? from a where b = ?"],
  ["select 1 -- secret\n /* one /* two */ secret */ from a", "select ? from a"],
  ["select a\n  from\tb", "select a from b"],
  ["where a in ($1, $2, $3) and b in (1,2)", "where a in ($1, …) and b in (?, …)"],
  ["insert into a (b, c) values ($1, $2), ($3, $4), ($5, $6)", "insert into a (b, c) values ($1, …), …"],
  ["insert into a (b) values (1), (2)", "insert into a (b) values (?), …"],
  ["alter role a password 'secret", "alter role a password ?"],
  ["select $tag$ secret", "select ?"],
  ["select 1 /* secret", "select ?"],
])("%j becomes %j", (text, shape) => {
  expect(normalise(text)).toBe(shape);
});

it("is the same for texts that differ in their values alone, and never longer than 4,000 characters", () => {
  expect(normalise(`select ${"a".repeat(5000)}b`)).toHaveLength(4000);
  expect(normalise("select 1, 'x' from a")).toBe(normalise("select 22,  'yy'  from a"));
});

it("counts parameters, and not what looks like one", () => {
  expect(parameterCount("select $2, '$9', $1 -- $8")).toBe(2);
  expect(parameterCount("select a$3 from $tag$ $4 $tag$")).toBe(0);
});

it("takes the literals out of a plan's conditions and leaves its figures", () => {
  const plan = [
    "Gather  (cost=1000.00..2.50 rows=1 width=16)",
    "  Workers Planned: 2",
    "  ->  Index Scan using a_b_key on a  (cost=0.14..8.16 rows=1 width=16)",
    "        Index Cond: ((b)::text = 'secret'::text)",
    "        Filter: (c > 1234)",
  ];
  expect(normalisePlan(plan.join("\n")).split("\n")).toEqual([
    ...plan.slice(0, 3),
    "        Index Cond: ((b)::text = ?::text)",
    "        Filter: (c > ?)",
  ]);
});
