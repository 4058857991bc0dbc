import { nearest } from "../../misspelling.ts";
import { RevisionFileInvalid } from "../errors.ts";
import type { Operations } from "../operations/operations.ts";
import { type SplitStatement, splitStatements } from "../operations/split-statements.ts";
import { type Revision, readRevision } from "./revision.ts";
import type { RevisionHead } from "./template.ts";

const UP = ".up.sql";
const DOWN = ".down.sql";

export const upFile = (path: string): string => `${path}${UP}`;
export const downFile = (path: string): string => `${path}${DOWN}`;

/** The other file of a pair; undefined when the name is not of one. */
export function partnerOf(name: string): string | undefined {
  if (name.endsWith(UP)) return downFile(name.slice(0, -UP.length));
  return name.endsWith(DOWN) ? upFile(name.slice(0, -DOWN.length)) : undefined;
}

/** Whether a file holds the head comment and what applies the revision. */
export const isUp = (name: string): boolean => name.endsWith(UP);

/** The comments that an `.up.sql` begins with. */
const HEAD = /^(?:--[^\n]*\n?)*/;

/** What stands for no revision below; `history` prints it too. */
const BASE = "<base>";

/** The lines of the head comment, and what a module would export for each. */
const LINES: Readonly<Record<string, readonly [name: string, read: (value: string) => unknown]>> = {
  revision: ["revision", (value) => value],
  "down revision": ["downRevision", (value) => (value === BASE ? null : list(value))],
  "branch labels": ["branchLabels", list],
  "depends on": ["dependsOn", list],
  message: ["message", (value) => value],
  "created at": ["createdAt", (value) => value],
  transaction: ["transaction", (value) => (value === "true" ? true : value === "false" ? false : value)],
  "allow drop": ["allowDrop", list],
};

const REQUIRED = ["revision", "down revision", "message", "created at"];

interface SqlFile {
  readonly file: string;
  readonly text: string;
}

/**
 * A revision of two SQL files. The `.up.sql` begins with comments, `-- revision: …`, `-- down revision: …` and so on; the
 * first line that is none ends them.
 *
 * @throws {RevisionFileInvalid} naming the file and the line.
 */
export function readSqlRevision(up: SqlFile, down: SqlFile): Revision {
  const exported = { ...readHead(up), upgrade: recorder(up), downgrade: recorder(down) };
  return readRevision(up.file, exported, [up.text, down.text], down.file);
}

function readHead({ file, text }: SqlFile): Readonly<Record<string, unknown>> {
  const head: Record<string, unknown> = {};
  const seen: string[] = [];
  for (const [index, line] of HEAD.exec(text)![0].split("\n").entries()) {
    const said = line.replace(/^--/, "").trim();
    if (said === "") continue;
    const [, key = said, value = ""] = /^([^:]*?)\s*:\s*(.*)$/.exec(said) ?? [];
    const entry = Object.hasOwn(LINES, key) ? LINES[key] : undefined;
    if (entry === undefined) throw new RevisionFileInvalid(file, `line ${index + 1} says "${key}", ${unknownKey(key)}`);
    if (seen.includes(key)) throw new RevisionFileInvalid(file, `line ${index + 1} says "${key}" again`);
    seen.push(key);
    head[entry[0]] = entry[1](value);
  }
  const missing = REQUIRED.filter((key) => !seen.includes(key));
  if (missing.length > 0) {
    const lines = missing.map((key) => `"-- ${key}: …"`).join(", ");
    throw new RevisionFileInvalid(file, `the comments that it begins with have no ${lines}`);
  }
  return head;
}

function unknownKey(key: string): string {
  const meant = nearest(key, Object.keys(LINES));
  if (meant !== undefined) return `did you mean "${meant}"?`;
  return `which is none of ${Object.keys(LINES).join(", ")}; an empty line goes before other comments`;
}

function list(value: string): readonly string[] {
  return value.split(",").flatMap((part) => part.trim() || []);
}

function recorder({ file, text }: SqlFile): (op: Operations) => void {
  if (text.trim() === "") {
    throw new RevisionFileInvalid(file, "it is empty; where there is nothing to do, a comment says so");
  }
  let statements: readonly SplitStatement[];
  try {
    // Lines stay what they are in the file.
    statements = splitStatements(isUp(file) ? text.replace(HEAD, (head) => head.replace(/[^\n]/g, "")) : text);
  } catch (error) {
    throw new RevisionFileInvalid(file, (error as Error).message.replace(/\.$/, ""), { cause: error });
  }
  return (op) => {
    for (const { text } of statements) op.sql(verbatim(text));
  };
}

/** A statement as the tag of a template is given one without values. */
function verbatim(text: string): TemplateStringsArray {
  return Object.assign([text], { raw: [text] });
}

/** A new `.up.sql`. */
export function upText({ id, down, labels, dependsOn, message, createdAt }: RevisionHead): string {
  const optional = (key: string, values: readonly string[]): string =>
    values.length === 0 ? "" : `-- ${key}: ${values.join(", ")}\n`;
  return (
    `-- revision: ${id}\n-- down revision: ${down.join(", ") || BASE}\n` +
    `${optional("branch labels", labels)}${optional("depends on", dependsOn)}` +
    `-- message: ${message}\n-- created at: ${createdAt}\n\n`
  );
}

/** A new `.down.sql`. */
export function downText({ id, message }: RevisionHead): string {
  return `-- Takes back ${id}, ${message}\n\n`;
}
