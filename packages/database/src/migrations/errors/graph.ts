import { DatabaseError } from "../../database-error.ts";

// ---- Building: revisions that do not fit together ---------------------------------------------------------------------

/** Two revisions with one id. */
export class DuplicateRevision extends DatabaseError {
  readonly code = "DUPLICATE_REVISION";
  readonly revision: string;
  readonly files: readonly string[];

  constructor(revision: string, files: readonly string[]) {
    const where = files.length === 0 ? "" : `: ${files.join(" and ")}`;
    super(`Two revisions are called ${revision}${where}. Give one of them another id.`);
    this.revision = revision;
    this.files = files;
  }
}

/** A branch label that another revision has, as its label or as its id. */
export class DuplicateLabel extends DatabaseError {
  readonly code = "DUPLICATE_LABEL";
  readonly label: string;
  /** The two revisions. */
  readonly revisions: readonly string[];

  constructor(label: string, revisions: readonly string[], names: readonly string[]) {
    super(
      `The branch label "${label}" is used twice: by ${names.join(" and ")}. A label names one revision, and is no ` +
        "revision's id; give one of them another.",
    );
    this.label = label;
    this.revisions = revisions;
  }
}

/** A revision names a parent or a dependency that does not exist. */
export class MissingParent extends DatabaseError {
  readonly code = "MISSING_PARENT";
  readonly revision: string;
  /** What it names. */
  readonly parent: string;

  /** @param squashed the revision that it has been squashed into. */
  constructor(revision: string, name: string, parent: string, verb: "follows" | "depends on", squashed?: string) {
    const hint =
      squashed === undefined
        ? "Is its file missing, or was its id changed?"
        : `It was squashed into ${squashed}; let this one follow that, if what it does still fits there.`;
    super(`Revision ${name} ${verb} ${parent}, which does not exist. ${hint}`);
    this.revision = revision;
    this.parent = parent;
  }
}

/** Revisions that follow or depend on each other in a circle. */
export class RevisionCycle extends DatabaseError {
  readonly code = "REVISION_CYCLE";
  /** The circle, each followed by what it needs; the last needs the first again. */
  readonly revisions: readonly string[];

  /** @param needs a line for each revision of the circle: "a (a.ts) follows b". */
  constructor(revisions: readonly string[], needs: readonly string[]) {
    super(`Revisions form a circle: ${needs.join(", ")}. Correct downRevision or dependsOn in one of them.`);
    this.revisions = revisions;
  }
}

/** An id that cannot be a revision's. */
export class InvalidRevisionId extends DatabaseError {
  readonly code = "INVALID_REVISION_ID";
  readonly revision: string;

  constructor(revision: string, name: string, reason: string) {
    super(`${name} cannot be a revision's id: ${reason}.`);
    this.revision = revision;
  }
}

/** A name that cannot be a branch label. */
export class InvalidBranchLabel extends DatabaseError {
  readonly code = "INVALID_BRANCH_LABEL";
  readonly label: string;
  /** The revision that has it. */
  readonly revision: string;

  constructor(label: string, revision: string, name: string, reason: string) {
    super(`"${label}" cannot be a branch label of ${name}: ${reason}.`);
    this.label = label;
    this.revision = revision;
  }
}

// ---- Targets: words that name no revision, or several -----------------------------------------------------------------

/** One revision was needed where the graph, or a branch of it, has several heads. */
export class MultipleHeads extends DatabaseError {
  readonly code = "MULTIPLE_HEADS";
  readonly heads: readonly string[];

  constructor(heads: readonly string[]) {
    super(
      `There are several heads: ${heads.join(", ")}. Name one of them, or all by the word heads where a command takes ` +
        "several; to have one again, merge them: hypertroq merge heads",
    );
    this.heads = heads;
  }
}

/** A target that is no revision of the graph. */
export class UnknownRevision extends DatabaseError {
  readonly code = "UNKNOWN_REVISION";
  /** What was asked for. */
  readonly revision: string;

  /** @param squashed the revision that it has been squashed into. */
  constructor(revision: string, heads: readonly string[], squashed?: string) {
    const newest = heads.length === 0 ? "There are no revisions." : `The newest is ${heads.join(", ")}.`;
    const known = squashed === undefined ? newest : `It was squashed into ${squashed}. ${newest}`;
    super(
      `No revision is called "${revision}". ${known} A target is a revision's id or its unique beginning, a branch ` +
        "label, head, heads, base, +N or -N, one of these with +N or -N behind it, or BRANCH@ and any of these.",
    );
    this.revision = revision;
  }
}

/** A target that several revisions answer to. */
export class AmbiguousRevision extends DatabaseError {
  readonly code = "AMBIGUOUS_REVISION";
  readonly target: string;
  readonly candidates: readonly string[];

  constructor(target: string, candidates: readonly string[]) {
    super(`"${target}" could mean any of ${candidates.join(", ")}. Name the one that is meant.`);
    this.target = target;
    this.candidates = candidates;
  }
}

/** What stands before `@` in a target is neither a branch label nor a revision. */
export class NoSuchBranch extends DatabaseError {
  readonly code = "NO_SUCH_BRANCH";
  readonly branch: string;

  constructor(branch: string, labels: readonly string[]) {
    const known = labels.length === 0 ? "There are no branch labels" : `The branch labels are ${labels.join(", ")}`;
    super(`No branch is called "${branch}". ${known}; a revision's id names its branch too.`);
    this.branch = branch;
  }
}

/** `x@y` where y is on another branch than x. */
export class NotInBranch extends DatabaseError {
  readonly code = "NOT_IN_BRANCH";
  readonly revision: string;
  readonly branch: string;

  constructor(revision: string, branch: string) {
    super(
      `Revision ${revision} is not of the branch ${branch}: it is neither above nor below it. Name it without the branch.`,
    );
    this.revision = revision;
    this.branch = branch;
  }
}

/** `+N` or `-N` leads past the newest or the oldest revision, or the wrong way. */
export class RelativeOutOfRange extends DatabaseError {
  readonly code = "RELATIVE_OUT_OF_RANGE";
  readonly target: string;

  constructor(target: string, reason: string) {
    super(`"${target}" leads to no revision: ${reason}.`);
    this.target = target;
  }
}

/** A range of history that is not `A:B`. */
export class InvalidRange extends DatabaseError {
  readonly code = "INVALID_RANGE";
  readonly range: string;

  constructor(range: string) {
    super(
      `"${range}" is no range. Write FROM:TO, each a target such as an id, a label, head or base, or current, or empty; FROM may ` +
        "be -N, N before TO, and TO may be +N, N after FROM.",
    );
    this.range = range;
  }
}

// ---- Ways: targets that cannot be gone to from where one is -----------------------------------------------------------

/** A range whose beginning is not below its end. */
export class NotAncestor extends DatabaseError {
  readonly code = "NOT_ANCESTOR";
  readonly lower: readonly string[];
  readonly upper: readonly string[];

  constructor(lower: readonly string[], upper: readonly string[]) {
    super(
      `${lower.join(", ")} is not below ${upper.join(", ") || "base"}, so there is nothing from the one to the other. ` +
        "Name the older revision first, and two of one branch.",
    );
    this.lower = lower;
    this.upper = upper;
  }
}

/** Revisions given together although one of them needs another: as targets, or as rows of the version table. */
export class OverlappingRevisions extends DatabaseError {
  readonly code = "OVERLAPPING_REVISIONS";
  /** The one that needs the others. */
  readonly revision: string;
  readonly covered: readonly string[];

  constructor(revision: string, covered: readonly string[], given: "targets" | "rows") {
    const those = covered.join(", ");
    super(
      given === "targets"
        ? `${revision} and ${those} overlap: ${revision} needs ${those}. Leave out ${those}.`
        : `The version table holds ${those} beside ${revision}, which needs ${those}; so a row is too many, or ` +
            "something was stamped wrongly. Stamp what is applied: hypertroq stamp --purge REVISION…",
    );
    this.revision = revision;
    this.covered = covered;
  }
}

/** An upgrade that would lead down. */
export class NotUpgradeTarget extends DatabaseError {
  readonly code = "NOT_UPGRADE_TARGET";
  readonly target: string;
  readonly current: readonly string[];

  constructor(target: string, current: readonly string[]) {
    super(
      `The database cannot be upgraded to ${target}, which is below all revisions: it is at ${current.join(", ")}. ` +
        `To go there: hypertroq downgrade ${target}`,
    );
    this.target = target;
    this.current = current;
  }
}

/** A downgrade to a revision that is not applied, or that is not below anything the downgrade is about. */
export class NotDowngradeTarget extends DatabaseError {
  readonly code = "NOT_DOWNGRADE_TARGET";
  readonly target: string;
  readonly current: readonly string[];

  constructor(target: string, current: readonly string[], reason: string) {
    super(`The database cannot be downgraded to ${target}: ${reason}. It is at ${current.join(", ") || "base"}.`);
    this.target = target;
    this.current = current;
  }
}
