import { basename } from "node:path";
import { assignment, idsLiteral, stringLiteral, templateText } from "../script/literal.ts";
import { slug } from "../script/slug.ts";
import { downFile, downText, upFile, upText } from "../script/sql-revision.ts";
import type { RevisionHead } from "../script/template.ts";
import type { AlembicRevision } from "./alembic-project.ts";
import type { Body, Direction, Taken } from "./offline-sql.ts";

/** A formatter's width. */
const WIDTH = 120;

/** What one revision of Alembic's becomes. */
export interface RevisionText {
  /** Names and texts: two SQL files, or one module where a direction is not translated. */
  readonly files: readonly { readonly name: string; readonly text: string }[];
  /** Why a direction has no body. */
  readonly problems: readonly { readonly direction: Direction; readonly problem: string }[];
}

/** The files of a revision of ours that is Alembic's in all but the language. */
export function revisionText(
  head: RevisionHead,
  source: AlembicRevision,
  upgrade: Taken,
  downgrade: Taken,
): RevisionText {
  // An id decides the place in history, and must not decide the place on the disk.
  const name = [head.id.replace(/[^\p{L}\p{N}_]/gu, "_"), slug(head.message)].filter((part) => part !== "").join("_");
  if ("body" in upgrade && "body" in downgrade) {
    const outside = upgrade.body.outside || downgrade.body.outside;
    const up = outside ? upText(head).replace(/\n+$/, "\n-- transaction: false\n\n") : upText(head);
    return {
      files: [
        { name: downFile(name), text: withStatements(downText(head), downgrade.body) },
        { name: upFile(name), text: withStatements(up, upgrade.body) },
      ],
      problems: [],
    };
  }
  const taken = { upgrade, downgrade } as const;
  const problems = (["upgrade", "downgrade"] as const).flatMap((direction) => {
    const { [direction]: found } = taken;
    return "problem" in found ? [{ direction, problem: found.problem }] : [];
  });
  return { files: [{ name: `${name}.ts`, text: skeleton(`${name}.ts`, head, source, upgrade, downgrade) }], problems };
}

function withStatements(head: string, { statements }: Body): string {
  if (statements.length === 0) return `${head}-- Nothing to do.\n`;
  return `${head}${statements.map((statement) => `${statement};\n`).join("\n")}`;
}

function skeleton(file: string, head: RevisionHead, source: AlembicRevision, upgrade: Taken, downgrade: Taken): string {
  const constant = (name: string, value: string): string => assignment(`export const ${name} = `, value, ";");
  const outside = [upgrade, downgrade].some((taken) => "body" in taken && taken.body.outside);
  return `${[
    'import type { Operations } from "@hypertroq/database/migrations";',
    "",
    constant("revision", stringLiteral(head.id)),
    constant("downRevision", idsLiteral(head.down)),
    constant("branchLabels", idsLiteral(head.labels)),
    constant("dependsOn", idsLiteral(head.dependsOn)),
    constant("message", stringLiteral(head.message)),
    constant("createdAt", stringLiteral(head.createdAt)),
    ...(outside ? ["export const transaction = false;"] : []),
    "",
    ...direction("upgrade", file, source, upgrade),
    "",
    ...direction("downgrade", file, source, downgrade),
  ].join("\n")}\n`;
}

function direction(name: Direction, file: string, source: AlembicRevision, taken: Taken): readonly string[] {
  if ("body" in taken) {
    const statements = taken.body.statements.map((statement) => `  op.sql\`${templateText(statement)}\`;`);
    if (statements.length === 0) return [`export function ${name}(_op: Operations): void {}`];
    return [`export function ${name}(op: Operations): void {`, ...statements, "}"];
  }
  const reason = stringLiteral(
    `${file}: its ${name} is not translated yet. Write it as the Python in the file says it.`,
  );
  const line = `  throw new Error(${reason});`;
  return [
    `// NOT TRANSLATED YET: ${taken.problem.replace(/\s+/g, " ")}`,
    `// The ${name} of ${basename(source.file)}:`,
    "//",
    ...commented(source[name].source),
    `export function ${name}(_op: Operations): void {`,
    ...(line.length <= WIDTH ? [line] : ["  throw new Error(", `    ${reason},`, "  );"]),
    "}",
  ];
}

/** JavaScript ends a line at U+2028 and U+2029 too, and what follows them would be code. */
function commented(python: string): readonly string[] {
  return python.split(/[\n\u2028\u2029]/).map((line) => `// ${line}`.trimEnd());
}
