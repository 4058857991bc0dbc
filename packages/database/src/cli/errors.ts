import { DatabaseError } from "../errors.ts";

/** `edit` found nothing to edit, no terminal or no editor, or the editor failed. */
export class EditorFailed extends DatabaseError {
  readonly code = "EDITOR_FAILED";
  /** What was to be edited. */
  readonly files: readonly string[];

  constructor(files: readonly string[], reason: string) {
    super(files.length === 0 ? reason : `${reason} To be edited: ${files.join(" ")}`);
    this.files = files;
  }
}

/** What was to be printed could not be written: a full disk, most likely. What the command did is done. */
export class OutputNotWritten extends DatabaseError {
  readonly code = "OUTPUT_NOT_WRITTEN";

  constructor(cause: NodeJS.ErrnoException) {
    super(`The output could not be written whole (${cause.code}). Do not use what there is of it.`, { cause });
  }
}
