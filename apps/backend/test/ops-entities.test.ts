import type { Entity } from "@hypertroq/database/monitoring";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drawEntities } from "../src/ops/entities/draw.ts";
import { layOut, shownType } from "../src/ops/entities/layout.ts";

const column = (name: string, isKey = false) => ({ name, type: "integer", isRequired: isKey, isKey });
const entity = (name: string, targets: readonly string[] = [], more: readonly string[] = []): Entity => ({
  schema: "public",
  name,
  columns: [
    column("id", true),
    ...more.map((each) => column(each)),
    ...targets.map((target) => column(`${target}_id`)),
  ],
  references: targets.map((target) => ({ columns: [`${target}_id`], schema: "public", name: target, isUnique: false })),
});

/** Tables that refer to any of them, themselves too, and to some that are not there. */
const databases = fc
  .array(fc.tuple(fc.uniqueArray(fc.nat(22), { maxLength: 4 }), fc.nat(14)), { maxLength: 20 })
  .map((all) =>
    all.map(([targets, columns], i) =>
      entity(
        `t${i}`,
        targets.map((target) => `t${target}`),
        Array.from({ length: columns }, (_, n) => `c${n}`),
      ),
    ),
  );

describe("the drawn tables", () => {
  it("stand to the right of those that they refer to", () => {
    const { boxes } = layOut([
      entity("lines", ["orders", "products"]),
      entity("orders", ["users"]),
      entity("users"),
      entity("products"),
    ]);
    const x = (name: string) => boxes.find((box) => box.entity.name === name)!.x;
    expect(x("users")).toBeLessThan(x("orders"));
    expect(x("orders")).toBeLessThan(x("lines"));
    expect(x("products")).toBe(x("users"));
  });

  it("show keys and what refers before everything else, and how much is left out", () => {
    const [box] = layOut([
      entity(
        "wide",
        ["wide"],
        Array.from({ length: 14 }, (_, n) => `c${n}`),
      ),
    ]).boxes;
    expect(box!.columns.map(({ name }) => name)).toEqual([
      "id",
      "wide_id",
      ...Array.from({ length: 7 }, (_, n) => `c${n}`),
    ]);
    expect(box!.more).toBe(7);
  });

  it("cover no other one, are all there, and have each known reference once, whatever refers to what", () => {
    fc.assert(
      fc.property(databases, (entities) => {
        const { boxes, lines, width, height } = layOut(entities);
        expect(boxes.map((box) => box.entity.name).sort()).toEqual(entities.map(({ name }) => name).sort());
        const names = new Set(entities.map(({ name }) => name));
        const known = entities.flatMap(({ references }) => references.filter(({ name }) => names.has(name)));
        expect(lines).toHaveLength(known.length);
        for (const [i, a] of boxes.entries()) {
          expect(a.x >= 0 && a.y >= 0 && a.x + a.width <= width && a.y + a.height <= height).toBe(true);
          for (const b of boxes.slice(i + 1)) {
            const isApart =
              a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
            expect(isApart).toBe(true);
          }
        }
        for (const { from, row, reference } of lines) {
          if (row !== -1) expect(from.columns[row]!.name).toBe(reference.columns[0]);
        }
        expect(drawEntities({ boxes, lines, width, height }).text).not.toMatch(/NaN|undefined|Infinity/);
      }),
    );
  });

  it("names types as people write them", () => {
    const types = [
      "character varying(20)",
      "timestamp with time zone",
      "timestamp(3) with time zone",
      "time without time zone",
    ];
    expect(types.map(shownType)).toEqual(["varchar(20)", "timestamptz", "timestamptz(3)", "time"]);
  });

  it("have names that do no harm", () => {
    const text = drawEntities(layOut([entity('<img src=x onerror="alert(1)">')])).text;
    expect(text).not.toContain("<img");
  });
});
