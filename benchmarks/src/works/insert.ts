import assert from "node:assert/strict";
import type { Sample } from "../client.ts";
import { random } from "../database.ts";
import { camelCased, type Work } from "./work.ts";

const insert = <Name extends "insert1000" | "insert100000">(name: Name, rows: number): Work<Name> => ({
  name,
  title: `${rows.toLocaleString("en")} rows inserted by the library's own way for many rows`,
  alone: true,
  input: (scale) => Array.from({ length: Math.ceil(rows * scale) }, anySample),
  revive: (samples) => samples.map((sample) => ({ ...sample, takenAt: new Date(sample.takenAt) })),
  async check(once, database, scale) {
    const samples = this.input(scale);
    await once(samples);
    const stored = await database.rows("select id, label, amount, score, taken_at, is_valid from samples");
    assert.deepEqual(byId(stored.map((row) => camelCased(row))), byId(samples));
    const writers = await database.rows("select distinct xmin::text from samples");
    assert.equal(writers.length, 1, "one transaction wrote all rows");
  },
});

/** Texts that an encoder has to look at: what COPY, an array and SQL have to quote. */
const LABELS = [
  "plain",
  "two words",
  'a "quoted" one',
  "a \\ backslash",
  "a tab\tand a line\nmore",
  "größer, {als} 'x'",
  "NULL",
];

function anySample(): Sample {
  const number = random(1, 1_000_000);
  return {
    id: crypto.randomUUID(),
    label: `${LABELS[number % LABELS.length]} ${number}`,
    amount: number,
    score: number / 7,
    takenAt: new Date(Date.UTC(2026, 0, 1) + number * 1001),
    isValid: number % 3 > 0,
  };
}

function byId<Row extends object>(rows: readonly Row[]): Row[] {
  const id = (row: Row): string => (row as { id: string }).id;
  return rows.toSorted((a, b) => (id(a) < id(b) ? -1 : 1));
}

export const insert1000 = insert("insert1000", 1000);
export const insert100000 = insert("insert100000", 100_000);
