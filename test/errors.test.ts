import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it, test } from "vitest";

const path = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));
const SOURCE = "packages/database/src";

interface ErrorClass {
  readonly name: string;
  readonly parent: string;
  readonly code: string;
  /** Its own, without those that it inherits. */
  readonly fields: readonly string[];
}

/** The classes that declare a code: `readonly code = "…"`, also where a subclass overrides it or widens its type. */
function classesIn(text: string): ErrorClass[] {
  return [...text.matchAll(/^export class (\w+) extends (\w+).*?^\}/gms)].flatMap(([body, name = "", parent = ""]) => {
    const code = /readonly code(?:: string)? = "([A-Z_]+)"/.exec(body)?.[1];
    const fields = [...body.matchAll(/^ {2}(?:declare )?readonly (\w+)\??[:;]/gm)].map((field) => field[1]!);
    return code === undefined
      ? []
      : [{ name, parent, code, fields: fields.filter((field) => field !== "code").sort() }];
  });
}

const classes = readdirSync(path(SOURCE), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .flatMap((file) => classesIn(readFileSync(path(`${SOURCE}/${file}`), "utf8")));
const codes = new Map(classes.map(({ name, code }) => [name, code]));
const page = (code: string): string => readFileSync(path(`docs/errors/${code}.md`), "utf8");

it("has a page for each error code, and none for a code that does not exist", () => {
  expect(classes.length).toBeGreaterThan(100);
  expect(codes.size).toBe(classes.length);
  const pages = readdirSync(path("docs/errors")).filter((file) => file !== "README.md");
  expect(pages.sort()).toEqual([...codes.values()].map((code) => `${code}.md`).sort());
  const rows = [...page("README").matchAll(/^\| \[([A-Z_]+)\]\(\1\.md\) \| `(\w+)`/gm)];
  expect(rows.map(([, code, name]) => [name, code]).sort()).toEqual([...codes].sort());
});

test("a page names the class, what it extends and its fields, and says why and what to do", () => {
  for (const { name, parent, code, fields } of classes) {
    const text = page(code);
    const [title, , kind = ""] = text.split("\n");
    expect(title).toBe(`# ${code}`);
    expect(kind).toMatch(new RegExp(`^\\*\\*Class\\*\\* \`(errors\\.)?${name}\` of .*\\.$`));
    const extended = codes.get(parent);
    expect(/extends \[(\w+)\]/.exec(kind)?.[1], code).toBe(extended);
    expect([...text.matchAll(/^- `(\w+)`: /gm)].map((field) => field[1]!).sort(), code).toEqual(fields);
    expect(text).toMatch(/^\*\*Causes\*\* .*^\*\*What to do\*\* /ms);
  }
});

test("a page names the SQLSTATE that the error is made of", () => {
  const table = readFileSync(path(`${SOURCE}/connection/server-error.ts`), "utf8");
  const states = [...table.matchAll(/\["(\w+)", errors\.(\w+)\]/g)];
  expect(states.length).toBeGreaterThan(15);
  for (const [, state = "", name = ""] of states) {
    const words = state.length === 2 ? `class ${state}` : state;
    expect(page(codes.get(name)!), name).toContain(`for SQLSTATE ${words}`);
    expect(page("README")).toContain(`\`${name}\` (${words})`);
  }
});
