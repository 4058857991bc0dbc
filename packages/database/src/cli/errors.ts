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
