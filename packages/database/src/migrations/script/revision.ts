import { createHash } from "node:crypto";
import { RevisionFileInvalid } from "../errors.ts";
import type { Operations } from "../operations/operations.ts";
import { isReplaces, type Replaces } from "./replaces.ts";
import type { GraphNode } from "./revision-graph.ts";

/** One revision file, read and checked. */
export interface Revision extends GraphNode {
  readonly file: string;
  /** Where its downgrade is: the same file, or the other one of a pair. */
  readonly downgradeFile: string;
  /** What it does, in one line. */
  readonly message: string;
  /** When it was written, ISO 8601. */
  readonly createdAt: string;
  /** SHA-256 of the file's text in hexadecimal, its line ends read as LF; of both files where there are two. */
  readonly checksum: string;
  /**
   * False: each step by itself, in a transaction of its own where it can be in one. True: a step that cannot be in a
   * transaction is refused. Undefined: one transaction, unless a step cannot be in one.
   */
  readonly transaction: boolean | undefined;
  /** The objects whose data its upgrade may destroy, by name: `users.nickname`. */
  readonly allowDrop: readonly string[];
  /** Records, in order, what applies it. */
  readonly upgrade: (op: Operations) => void;
  /** Records, in order, what reverts it. */
  readonly downgrade: (op: Operations) => void;
}

const SHAPES = {
  revision: "a string",
  downRevision: "a revision's id, null for the first revision, or an array of ids for a merge point",
  branchLabels: "null, a label, or an array of labels",
  dependsOn: "null, a revision's id or label, or an array of them",
  message: "a string",
  createdAt: 'a time like "2026-01-31T12:00:00Z"',
  upgrade: "a function",
  downgrade: "a function",
  transaction: "true or false",
  allowDrop: 'an array of names, such as ["users.nickname"]',
  replaces: "{ revisions: { id: checksum }, lastIn: a tag or null }, as hypertroq squash writes it",
} as const;

/**
 * Checks what a revision file exports.
 *
 * @param texts the text of the file, or of both files that it consists of.
 * @param downgradeFile the second of both.
 * @throws {RevisionFileInvalid} naming everything that is missing or wrong.
 */
export function readRevision(
  file: string,
  exported: Readonly<Record<string, unknown>>,
  texts: readonly string[],
  downgradeFile = file,
): Revision {
  const { revision, downRevision, branchLabels, dependsOn, message, createdAt, transaction, allowDrop, replaces } =
    exported;
  const valid: Record<keyof typeof SHAPES, boolean> = {
    revision: typeof revision === "string",
    downRevision: isIds(downRevision) && downRevision !== undefined,
    branchLabels: isIds(branchLabels),
    dependsOn: isIds(dependsOn),
    message: typeof message === "string",
    createdAt: typeof createdAt === "string" && !Number.isNaN(Date.parse(createdAt)),
    upgrade: typeof exported["upgrade"] === "function",
    downgrade: typeof exported["downgrade"] === "function",
    transaction: transaction === undefined || typeof transaction === "boolean",
    allowDrop: allowDrop === undefined || (Array.isArray(allowDrop) && isIds(allowDrop)),
    replaces: replaces === undefined || isReplaces(replaces),
  };
  const wrong = (Object.keys(SHAPES) as (keyof typeof SHAPES)[]).filter((name) => !valid[name]);
  if (wrong.length > 0) {
    const problems = wrong.map(
      (name) => `${name in exported ? `its ${name} is not` : `it does not export ${name},`} ${SHAPES[name]}`,
    );
    throw new RevisionFileInvalid(file, problems.join("; "));
  }
  return {
    id: revision as string,
    down: ids(downRevision),
    dependsOn: ids(dependsOn),
    labels: ids(branchLabels),
    message: message as string,
    createdAt: createdAt as string,
    checksum: checksum(texts),
    transaction: transaction as boolean | undefined,
    allowDrop: (allowDrop ?? []) as readonly string[],
    replaces: replaces as Replaces | undefined,
    upgrade: exported["upgrade"] as Revision["upgrade"],
    downgrade: exported["downgrade"] as Revision["downgrade"],
    file,
    downgradeFile,
  };
}

function checksum(texts: readonly string[]): string {
  const hash = createHash("sha256");
  // Git may write CRLF on one machine and LF on another. A NUL keeps the end of one file from the start of the next.
  for (const [index, text] of texts.entries())
    hash.update(index === 0 ? "" : "\0").update(text.replaceAll("\r\n", "\n"));
  return hash.digest("hex");
}

type Ids = string | readonly string[] | null | undefined;

function isIds(value: unknown): value is Ids {
  if (Array.isArray(value)) return value.every((id) => typeof id === "string");
  return value === undefined || value === null || typeof value === "string";
}

function ids(value: unknown): readonly string[] {
  const given = value as Ids;
  return typeof given === "string" ? [given] : (given ?? []);
}
