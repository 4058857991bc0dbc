import { randomBytes } from "node:crypto";
import { link, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DuplicateRevision, MultipleHeads, RevisionNotWritten } from "../errors.ts";
import { checkId } from "./revision-graph.ts";
import { ScriptDirectory, versionsDirectory } from "./script-directory.ts";

export interface NewRevisionOptions {
  /** The migrations directory; `versions/` below it is made if need be. */
  readonly directory: string;
  /** What the revision does, in one line; default "empty message". */
  readonly message?: string;
  /** Its id; by default 12 random hexadecimal digits. */
  readonly id?: string;
}

export interface NewRevision {
  readonly id: string;
  readonly file: string;
}

/**
 * Writes an empty revision file that follows the head. The file appears whole or not at all, and never replaces another.
 *
 * @throws {MultipleHeads} when it is not clear what to follow. @throws {InvalidRevisionId} @throws {DuplicateRevision}
 *   when the id is taken. @throws {RevisionNotWritten}, and what {@link ScriptDirectory.load} throws.
 */
export async function createRevision({ directory, message, id }: NewRevisionOptions): Promise<NewRevision> {
  const revision = id ?? randomBytes(6).toString("hex");
  checkId({ id: revision });
  const versions = versionsDirectory(directory);
  await makeDirectory(versions);
  const script = await ScriptDirectory.load(directory);
  const { graph } = script;
  if (graph.has(revision)) throw new DuplicateRevision(revision, [script.get(revision).file]);
  if (graph.heads.length > 1) throw new MultipleHeads(graph.heads);

  const said = (message ?? "").replace(/\s+/g, " ").trim() || "empty message";
  const words = slug(said);
  const file = join(versions, `${revision}${words === "" ? "" : `_${words}`}.ts`);
  await writeNew(file, template(revision, graph.heads[0], said, new Date()));
  return { id: revision, file };
}

/** Alembic's slug: the words of the message in lower case, cut at a word's end to 40 characters. */
export function slug(message: string): string {
  const words = (message.match(/[\p{L}\p{N}_]+/gu) ?? []).join("_").toLowerCase();
  if (words.length <= 40) return words;
  const cut = words.slice(0, 40);
  return words[40] === "_" || !cut.includes("_") ? cut : cut.slice(0, cut.lastIndexOf("_"));
}

function template(revision: string, parent: string | undefined, message: string, now: Date): string {
  return `import type { Operations } from "@hypertroq/database/migrations";

export const revision = "${revision}";
export const downRevision = ${parent === undefined ? "null" : `"${parent}"`};
export const branchLabels = null;
export const dependsOn = null;
${constant("message", literal(message))}
export const createdAt = "${now.toISOString().replace(/\.\d+/, "")}";

export function upgrade(op: Operations): void {}

export function downgrade(op: Operations): void {}
`;
}

/** A line as a formatter would leave it: broken behind the equals sign where it is too long. */
function constant(name: string, value: string): string {
  const line = `export const ${name} = ${value};`;
  return line.length <= 120 ? line : `export const ${name} =\n  ${value};`;
}

/** A string literal, in the quotes that need fewer escapes. */
function literal(text: string): string {
  const double = JSON.stringify(text);
  const count = (quote: string): number => text.split(quote).length;
  if (count('"') <= count("'")) return double;
  return `'${double.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    throw new RevisionNotWritten(directory, `the directory cannot be made (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** Written beside its place and then linked into it, because a rename would replace a file that is already there. */
async function writeNew(file: string, text: string): Promise<void> {
  const draft = join(dirname(file), `.${randomBytes(6).toString("hex")}.draft`);
  try {
    await writeFile(draft, text, { flag: "wx" });
    await link(draft, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new RevisionNotWritten(file, code === "EEXIST" ? "it exists already" : String(code));
  } finally {
    await rm(draft, { force: true });
  }
}
