import { describe, expect, test } from "vitest";
import { record } from "../../src/migrations/index.ts";
import { canLose } from "../../src/migrations/operations/type-change.ts";

describe("what is lost", () => {
  test("is named for consent, with the table and the column that hold it", () => {
    const losses = record((op) => {
      op.dropTable(["billing", "orders"]);
      op.dropColumn("billing.orders", "total");
      op.alterColumn("t", "n", { type: "smallint", was: { type: "integer" } });
    }).flatMap((step) => step.losses);
    expect(losses).toEqual([
      { object: "billing.orders", table: ["billing", "orders"], reason: "drops the table" },
      { object: "billing.orders.total", table: "billing.orders", column: "total", reason: "drops the column" },
      {
        object: "t.n",
        table: "t",
        column: "n",
        reason: "changes its type from integer to smallint",
        change: { to: "smallint", using: undefined },
      },
    ]);
  });

  test("by a change of type: nothing only where that is known", () => {
    const keeps: [string, string][] = [
      ["int", "integer"],
      ["INT4", "pg_catalog.int8"],
      ["smallint", "numeric(5)"],
      ["integer", "numeric(12,2)"],
      ["bigint", "numeric"],
      ["int2", "float4"],
      ["int", "double precision"],
      ["real", "float8"],
      ["numeric(10,2)", "decimal(12, 4)"],
      ["numeric(10,2)", "numeric"],
      ["varchar(10)", "character varying(20)"],
      ["varchar(10)", "varchar"],
      ["varchar", "text"],
      ["text", "varchar"],
      ["char(3)", "character(5)"],
      ["varbit(3)", "bit varying(4)"],
      ["bit(3)", "varbit"],
      ["timestamp(3)", "timestamp"],
      ["timestamptz(0)", "timestamp(3) with time zone"],
      ["time without time zone", "time"],
      ["cidr", "inet"],
      ["real", "float(24)"],
      ["float8", "float(53)"],
      ["uuid", "text"],
      ["jsonb", "text"],
      ["int[]", "bigint[]"],
      ["varchar(5)[]", "text[]"],
      ["mood", "mood"],
      ['billing."Mood"', 'billing."Mood"'],
    ];
    const loses: [string, string][] = [
      ["bigint", "integer"],
      ["integer", "real"],
      ["bigint", "float8"],
      ["integer", "float(24)"],
      ["bpchar", "char(5)"],
      ["integer", "numeric(9)"],
      ["integer", "numeric(10,1)"],
      ["numeric", "numeric(30,10)"],
      ["numeric(10,2)", "numeric(10,3)"],
      ["numeric(10,2)", "numeric(12,1)"],
      ["numeric(10,2)", "integer"],
      ["float8", "real"],
      ["varchar(20)", "varchar(10)"],
      ["varchar", "varchar(10)"],
      ["text", "varchar(1000)"],
      ["char(5)", "char"],
      ["char(5)", "text"],
      ["bit", "bit(2)"],
      ["json", "jsonb"],
      ["date", "timestamp"],
      ["timestamp", "timestamp(0)"],
      ["timestamp", "timestamptz"],
      ["timestamptz", "date"],
      ["timestamptz", "text"],
      ["int", "int[]"],
      ["bigint[]", "int[]"],
      ["text", "bytea"],
      ["mood", "text"],
      ["Mood", '"Mood"'],
      ['"mood"', '"Mood"'],
      ["interval year", "interval"],
      ["geometry(Point,4326)", "geometry"],
    ];
    expect(keeps.filter(([from, to]) => canLose(from, to))).toEqual([]);
    expect(loses.filter(([from, to]) => !canLose(from, to))).toEqual([]);
    expect(canLose(undefined, "text")).toBe(true);
  });

  test("by USING: whatever is not a plain cast may lose", () => {
    for (const using of ["n", '"n"', "n::bigint", '"n"::bigint', "cast(n as bigint)", "CAST(n AS BIGINT)"]) {
      expect([using, canLose("integer", "bigint", using, "n")]).toEqual([using, false]);
    }
    for (const using of ["0", "m::bigint", "n::smallint", "(n / 2)::bigint", "n::smallint::bigint"]) {
      expect([using, canLose("integer", "bigint", using, "n")]).toEqual([using, true]);
    }
  });
});
