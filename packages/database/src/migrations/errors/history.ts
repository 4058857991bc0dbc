import { DatabaseError } from "../../errors.ts";

/** Branches of which it matters in which order they are applied, or reverted. */
export interface Collision {
  readonly heads: readonly string[];
  /** A sentence for each thing that was tried and went wrong. */
  readonly problems: readonly string[];
  /** The objects in question, a line for each; empty: nobody can tell. */
  readonly objects: readonly string[];
  /** The orders of the heads that can be applied, oldest first. */
  readonly works: readonly (readonly string[])[];
  /** What to do, in sentences. */
  readonly advice: readonly string[];
}

/** Branches that were to be merged do not commute. Nothing was written. */
export class BranchesCollide extends DatabaseError {
  readonly code = "BRANCHES_COLLIDE";
  readonly collisions: readonly Collision[];

  constructor(collisions: readonly Collision[]) {
    super(
      `${collisions.map(describe).join("\n")}\nNothing was written. With --no-proof the merge is written all the same.`,
    );
    this.collisions = collisions;
  }
}

/** A database is at a revision that was squashed into another: that one cannot be begun in the middle. */
export class DatabaseBeforeSquash extends DatabaseError {
  readonly code = "DATABASE_BEFORE_SQUASH";
  /** The version rows that are no revisions any more. */
  readonly rows: readonly string[];
  /** What they were squashed into. */
  readonly squashed: string;
  /** A commit or a tag that still has their files. */
  readonly lastIn: string | undefined;

  /** @param name the squashed revision's id and file. */
  constructor(rows: readonly string[], squashed: string, name: string, lastIn: string | null) {
    const where = lastIn === null ? "the code from before the squash" : `the code of ${lastIn}`;
    super(
      `The database is at ${rows.join(", ")}, which was squashed into ${name}; that one cannot be begun in the middle. Run ` +
        `hypertroq upgrade ${squashed} with ${where} first, which still has the files, and go on with this code then.`,
    );
    this.rows = rows;
    this.squashed = squashed;
    this.lastIn = lastIn ?? undefined;
  }
}

/** Revisions that were to be squashed cannot be. Nothing was changed. */
export class SquashRefused extends DatabaseError {
  readonly code = "SQUASH_REFUSED";
  /** A sentence for each reason. */
  readonly problems: readonly string[];

  constructor(range: string, problems: readonly string[]) {
    super(`${range} cannot be squashed:\n${problems.map((one) => `- ${one}`).join("\n")}\nNothing was changed.`);
    this.problems = problems;
  }
}

function describe({ heads, problems, objects, advice }: Collision): string {
  const lines = [...problems, ...objects.map((object) => `  ${object}`), ...advice];
  return `The branches of ${heads.join(", ")} do not commute:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}
