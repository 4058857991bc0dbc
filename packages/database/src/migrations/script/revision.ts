import { RevisionFileInvalid, RevisionNotSupported } from "../errors.ts";
import type { Operations } from "../operations/operations.ts";
import type { GraphNode } from "./revision-graph.ts";

/** One revision file, read and checked. */
export interface Revision extends GraphNode {
  readonly file: string;
  /** What it does, in one line. */
  readonly message: string;
  /** When it was written, ISO 8601. */
  readonly createdAt: string;
  /** Record, in order, what applies and what reverts the revision. */
  readonly upgrade: (op: Operations) => void;
  readonly downgrade: (op: Operations) => void;
}

const SHAPES = {
  revision: "a string",
  downRevision: "a revision's id, null for the first revision, or an array of ids for a merge point",
  branchLabels: "null",
  dependsOn: "null",
  message: "a string",
  createdAt: 'a time like "2026-01-31T12:00:00Z"',
  upgrade: "a function",
  downgrade: "a function",
  transaction: "true or false",
} as const;

/**
 * Checks what a revision file exports.
 *
 * @throws {RevisionFileInvalid} naming everything that is missing or wrong. @throws {RevisionNotSupported}
 */
export function readRevision(file: string, exported: Readonly<Record<string, unknown>>): Revision {
  const { revision, downRevision, branchLabels, dependsOn, message, createdAt, transaction = true } = exported;
  const valid: Record<keyof typeof SHAPES, boolean> = {
    revision: typeof revision === "string",
    downRevision: isIds(downRevision) && downRevision !== undefined,
    branchLabels: isIds(branchLabels),
    dependsOn: isIds(dependsOn),
    message: typeof message === "string",
    createdAt: typeof createdAt === "string" && !Number.isNaN(Date.parse(createdAt)),
    upgrade: typeof exported["upgrade"] === "function",
    downgrade: typeof exported["downgrade"] === "function",
    transaction: typeof transaction === "boolean",
  };
  const wrong = (Object.keys(SHAPES) as (keyof typeof SHAPES)[]).filter((name) => !valid[name]);
  if (wrong.length > 0) {
    const problems = wrong.map(
      (name) => `${name in exported ? `its ${name} is not` : `it does not export ${name},`} ${SHAPES[name]}`,
    );
    throw new RevisionFileInvalid(file, problems.join("; "));
  }
  if (transaction === false) {
    throw new RevisionNotSupported(
      `${file} says transaction = false; revisions that run outside a transaction are not supported. Take it out.`,
    );
  }
  return {
    id: revision as string,
    down: ids(downRevision),
    dependsOn: ids(dependsOn),
    labels: ids(branchLabels),
    message: message as string,
    createdAt: createdAt as string,
    upgrade: exported["upgrade"] as Revision["upgrade"],
    downgrade: exported["downgrade"] as Revision["downgrade"],
    file,
  };
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
