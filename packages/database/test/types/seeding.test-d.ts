import { BaseModel, text, varchar } from "../../src/index.ts";
import { defineFactory, defineSeed } from "../../src/seeding/index.ts";

class Plan extends BaseModel.define({ code: varchar(20).unique(), title: text().nullable() }) {}

defineSeed(Plan, {
  kind: "reference",
  on: ["code"],
  keep: ["title"],
  rows: [{ code: "free" }, { code: "pro", title: "Pro" }],
});
defineSeed(Plan, {
  kind: "development",
  on: ["code"],
  count: 3,
  async *rows({ count, random }) {
    yield { code: String(count), title: random.pick(["a", "b"]) };
  },
});
const plans = defineFactory(Plan, (n) => ({ code: `p${n}` }));
defineSeed(Plan, { kind: "development", on: ["code"], rows: ({ count }) => plans.rows(count) });

// @ts-expect-error a column that there is not
defineSeed(Plan, { kind: "reference", on: ["kode"], rows: [] });
// @ts-expect-error a row without what it needs
defineSeed(Plan, { kind: "reference", on: ["code"], rows: [{ title: "Pro" }] });
// @ts-expect-error a value of another type
defineSeed(Plan, { kind: "reference", on: ["code"], rows: () => [{ code: 5 }] });
// @ts-expect-error a kind that there is not
defineSeed(Plan, { kind: "sample", on: ["code"], rows: [] });
