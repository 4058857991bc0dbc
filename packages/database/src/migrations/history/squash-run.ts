import { execFile } from "node:child_process";
import { dirname } from "node:path";
import { promisify } from "node:util";
import type { Revision } from "../script/revision.ts";
import type { ScriptDirectory } from "../script/script-directory.ts";
import type { RevisionHead } from "../script/template.ts";

/** Why revisions, oldest first, are no run in which each has one parent and one child; a sentence for each reason. */
export function whyNoRun({ graph }: ScriptDirectory, ids: readonly string[]): readonly string[] {
  if (ids.length < 2) return ["a squash takes at least two revisions"];
  const inside = new Set(ids);
  return ids.flatMap((id, index) => {
    const problems: string[] = [];
    const [below, above] = [ids[index - 1], ids[index + 1]];
    const { down } = graph.get(id)!;
    if (below !== undefined && (down.length !== 1 || down[0] !== below)) {
      problems.push(`${id} follows ${down.join(", ") || "nothing"}, and would have to follow ${below} alone`);
    }
    if (above === undefined) return problems;
    for (const other of graph.children(id)) {
      if (other !== above) problems.push(`${other} branches off at ${id}, which would be there no more`);
    }
    for (const other of graph.dependents(id)) {
      if (!inside.has(other)) problems.push(`${other} depends on ${id}, which would be there no more`);
    }
    return problems;
  });
}

/** The squashed revision's head: the id of the last, the place of the first. */
export function headOf(
  { graph }: ScriptDirectory,
  run: readonly Revision[],
  message: string | undefined,
): RevisionHead {
  const [first, last] = [run[0]!, run.at(-1)!];
  const inside = new Set(run.map(({ id }) => id));
  const outside = (name: string): boolean => !inside.has(graph.labels.get(name) ?? name);
  return {
    id: last.id,
    down: first.down,
    labels: run.flatMap(({ labels }) => labels),
    dependsOn: [...new Set(run.flatMap(({ dependsOn }) => dependsOn.filter(outside)))],
    message: message?.replace(/\s+/g, " ").trim() || `squash of ${first.id} to ${last.id}`,
    createdAt: new Date().toISOString().replace(/\.\d+/, ""),
  };
}

/** The revisions of a run with the checksums of their files, and those that they replace themselves. */
export function checksumsOf(run: readonly Revision[]): Record<string, string | readonly string[]> {
  const checksums = new Map<string, string[]>();
  const add = (id: string, found: readonly string[]): void => {
    checksums.set(id, [...new Set([...(checksums.get(id) ?? []), ...found])]);
  };
  for (const { id, checksum, replaces } of run) {
    for (const [older, found] of Object.entries(replaces?.revisions ?? {})) add(older, [found].flat());
    add(id, [checksum]);
  }
  return Object.fromEntries([...checksums].map(([id, found]) => [id, found.length === 1 ? found[0]! : found]));
}

export function filesOf(run: readonly Revision[]): readonly string[] {
  return run.flatMap(({ file, downgradeFile }) => [...new Set([file, downgradeFile])]);
}

/**
 * The commit that has these files as they are now; undefined where there is no Git.
 *
 * @returns the files that it does not have so, which would be lost with their removal.
 */
export async function commitOf(
  files: readonly string[],
): Promise<{ readonly commit: string | undefined; readonly uncommitted: readonly string[] }> {
  const git = async (...words: readonly string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)("git", words, { cwd: dirname(files[0]!) });
    return stdout.trimEnd();
  };
  let commit: string;
  try {
    commit = await git("rev-parse", "HEAD");
  } catch {
    return { commit: undefined, uncommitted: [] };
  }
  const status = await git("status", "--porcelain", "--ignored", "--", ...files);
  return {
    commit: commit.slice(0, 12),
    uncommitted: status === "" ? [] : status.split("\n").map((line) => line.slice(3)),
  };
}
