import { readFile } from "node:fs/promises";
import { nearest } from "../../misspelling.ts";
import { TemplateInvalid } from "../errors/files.ts";
import { assignment, idsLiteral, stringLiteral } from "./literal.ts";

/** What is known of a revision before its file is written. */
export interface RevisionHead {
  readonly id: string;
  readonly down: readonly string[];
  readonly labels: readonly string[];
  readonly dependsOn: readonly string[];
  readonly message: string;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** The revision file where the configuration names no template; `hypertroq init` writes it as one. */
export const DEFAULT_TEMPLATE = `import type { Operations } from "@hypertroq/database/migrations";

export const revision = {{revision}};
export const downRevision = {{downRevision}};
export const branchLabels = {{branchLabels}};
export const dependsOn = {{dependsOn}};
export const message = {{message}};
export const createdAt = {{createdAt}};

export function upgrade(op: Operations): void {
  {{upgrade}}
}

export function downgrade(op: Operations): void {
  {{downgrade}}
}
`;

/** Begins a line of a body that stays where it is, because it is inside a text. */
export const VERBATIM = "\u0001";

/** What a new revision does: the statements of its functions, as TypeScript; empty: nothing yet. */
export interface RevisionBody {
  readonly upgrade: string;
  readonly downgrade: string;
  /** False: each step is a transaction of its own. Default: as PostgreSQL asks for it. */
  readonly transaction?: false | undefined;
}

const EMPTY: RevisionBody = { upgrade: "", downgrade: "" };

/** The placeholders of a template, each the export of its name as TypeScript. */
const PLACEHOLDERS: Readonly<Record<string, (head: RevisionHead) => string>> = {
  revision: ({ id }) => stringLiteral(id),
  downRevision: ({ down }) => idsLiteral(down),
  branchLabels: ({ labels }) => idsLiteral(labels),
  dependsOn: ({ dependsOn }) => idsLiteral(dependsOn),
  message: ({ message }) => stringLiteral(message),
  createdAt: ({ createdAt }) => stringLiteral(createdAt),
};

/** A placeholder on a line of its own, and what is around it when it is alone in braces. */
const BODY = /(\{\n)?^([ \t]*)\{\{\s*(upgrade|downgrade)\s*\}\}[ \t]*(?:\n|$)([ \t]*\})?/gm;

/**
 * The text of a template file; the built-in one where none is named.
 *
 * @throws {TemplateInvalid} when it cannot be read.
 */
export async function readTemplate(file: string | undefined): Promise<string> {
  if (file === undefined) return DEFAULT_TEMPLATE;
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new TemplateInvalid(file, `it cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/**
 * A template with each `{{name}}` replaced. Values are written as TypeScript, quotes included, so that a message stays
 * data whatever it holds. A line that a value makes too long is broken as a formatter would break it. `{{upgrade}}` and
 * `{{downgrade}}` have a line each to themselves.
 *
 * @param file the template's path, for errors.
 * @throws {TemplateInvalid} on a placeholder that does not exist, and when there is a body and no place for it.
 */
export function renderTemplate(template: string, head: RevisionHead, file: string, body = EMPTY): string {
  const missing = (["upgrade", "downgrade"] as const).find(
    (name) => body[name] !== "" && ![...template.matchAll(BODY)].some(([, , , found]) => found === name),
  );
  if (missing !== undefined) {
    throw new TemplateInvalid(
      file,
      `it has no line {{${missing}}}, where what was generated belongs: function ${missing}(op: Operations): void { … }`,
    );
  }
  // Filled in last, so that nothing in it is taken for a placeholder.
  const bodies: string[] = [];
  const whole = body.transaction === false ? withoutTransaction(template) : template;
  const withMarks = whole.replace(BODY, (_, before = "", indent: string, name: "upgrade" | "downgrade", after = "") => {
    if (body[name] === "") return before === "" || after === "" ? `${before}${after}` : "{}";
    bodies.push(`${body[name].replace(/^(?=.)/gm, indent).replaceAll(indent + VERBATIM, "")}\n`);
    return `${before}\0${bodies.length - 1}\n${after}`;
  });
  return withValues(withMarks, head, file).replace(/\0(\d+)\n/g, (_, index: string) => bodies[Number(index)]!);
}

/** Says `transaction = false` after the last of the exports that have a placeholder, or at the end. */
function withoutTransaction(template: string): string {
  const lines = template.split("\n");
  const last = lines.findLastIndex((line) => /^export const \w+ = \{\{\s*\w+\s*\}\};?$/.test(line));
  return lines.toSpliced(last === -1 ? lines.length - 1 : last + 1, 0, "export const transaction = false;").join("\n");
}

function withValues(template: string, head: RevisionHead, file: string): string {
  return template
    .split("\n")
    .map((line) => {
      const whole = /^(.* = )\{\{(\w+)\}\}(;?)$/.exec(line);
      if (whole !== null) return assignment(whole[1]!, value(whole[2]!, head, file), whole[3]!);
      return line.replace(/\{\{\s*(.*?)\s*\}\}/g, (_, name: string) => value(name, head, file));
    })
    .join("\n");
}

function value(name: string, head: RevisionHead, file: string): string {
  const known = Object.keys(PLACEHOLDERS);
  if (name === "upgrade" || name === "downgrade") {
    throw new TemplateInvalid(file, `{{${name}}} does not stand on a line of its own`);
  }
  if (known.includes(name)) return PLACEHOLDERS[name]!(head);
  const meant = nearest(name, known);
  const hint =
    meant === undefined ? `known are ${[...known, "upgrade", "downgrade"].join(", ")}` : `did you mean {{${meant}}}?`;
  throw new TemplateInvalid(file, `it has the unknown placeholder {{${name}}}; ${hint}`);
}
