import { InvalidBranchLabel, InvalidRevisionId } from "../../errors/graph.ts";
import { type GraphNode, nameOf } from "./node.ts";

/** The length of `alembic_version.version_num`. */
const ID_LENGTH = 32;

/** Words that mean something of their own in a target or a range. */
const WORDS = ["head", "heads", "base", "current"];

/** @throws {InvalidRevisionId} when an id could not be told from a target, or does not fit the version table. */
export function checkId({ id, file }: Pick<GraphNode, "id" | "file">): void {
  const reason = problemOf(id) ?? problemOfId(id);
  if (reason !== undefined) throw new InvalidRevisionId(id, nameOf({ id: `"${id}"`, ...(file && { file }) }), reason);
}

/**
 * A label may hold `-` and `+`, as Alembic's may, unless it would end like a relative target.
 *
 * @throws {InvalidBranchLabel} when a label could not be told from a target.
 */
export function checkLabel(label: string, node: GraphNode): void {
  const reason =
    problemOf(label) ?? (/[+-]\d+$/.test(label) ? "it ends like +N or -N, which a target counts with" : undefined);
  if (reason !== undefined) throw new InvalidBranchLabel(label, node.id, nameOf(node), reason);
}

function problemOf(name: string): string | undefined {
  if (name === "") return "it is empty";
  if (/[@:\s]/.test(name)) return "it must not contain @, : or white space";
  if (/["'`]|\p{Cc}/u.test(name)) return "it must not contain quotes or control characters";
  if (WORDS.includes(name)) return "this word has a meaning of its own in a target";
  return undefined;
}

function problemOfId(id: string): string | undefined {
  if (/[+-]/.test(id)) return "it must not contain + or -, which a target counts with";
  // It begins the name of a file that createRevision writes and ScriptDirectory reads.
  if (/[/\\]|^\./.test(id)) return "no file's name could begin with it";
  if (id.length > ID_LENGTH) return `it is longer than the ${ID_LENGTH} characters the version table holds`;
  return undefined;
}
