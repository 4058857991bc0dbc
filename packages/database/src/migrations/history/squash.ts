import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ConnectOptions } from "../../connection/connect.ts";
import { callText } from "../autogenerate/typescript.ts";
import { SquashRefused } from "../errors.ts";
import { importModule } from "../script/import-module.ts";
import { stringLiteral } from "../script/literal.ts";
import type { RevisionWriter } from "../script/new-revision.ts";
import { runPostWrite } from "../script/post-write.ts";
import { type Revision, readRevision } from "../script/revision.ts";
import { ScriptDirectory, versionsDirectories } from "../script/script-directory.ts";
import { slug } from "../script/slug.ts";
import { readTemplate, renderTemplate } from "../script/template.ts";
import { inTurn } from "../script/turn.ts";
import { removeDrafts, writeNew } from "../script/write-files.ts";
import { proveSquash } from "./prove-squash.ts";
import { CallTexts, type DataChoice, recordCalls } from "./recorded-calls.ts";
import { checksumsOf, commitOf, filesOf, headOf, whyNoRun } from "./squash-run.ts";

/** Options of {@link squash}. */
export interface SquashOptions extends RevisionWriter {
  /** The server on which scratch databases are made: a direct connection whose role may create databases. */
  readonly connect: ConnectOptions;
  /** `FROM:TO`, both included; each revision between has one parent and one child. */
  readonly range: string;
  /** Default "squash of <id> to <id>". */
  readonly message?: string;
  /** What becomes of changes of data; default: they are refused. `op.data` cannot be kept. */
  readonly data?: DataChoice;
  /** A commit or a tag that has the files; default the current commit, where Git has them. */
  readonly lastIn?: string;
  /** Aborting it ends it with `ComparisonInterrupted`: nothing is changed, and the scratch databases are dropped. */
  readonly signal?: AbortSignal;
}

/** What a squash has written and removed. */
export interface Squash {
  /** The id of the last revision, which the squashed one keeps. */
  readonly id: string;
  readonly file: string;
  /** What was replaced, oldest first. */
  readonly replaced: readonly string[];
  /** The files that were removed. */
  readonly removed: readonly string[];
}

/**
 * Makes one revision of a run of them. It makes the same calls, has the id of the last and the parent of the first: a database
 * at the last revision or beyond stays valid as it is, a new one runs the squashed one alone, and one between is refused with
 * {@link DatabaseBeforeSquash}. On scratch databases the old run and the new revision come to the same catalog, up and back.
 *
 * The new file appears whole, and from that moment on the old ones are not read; then they are removed. A squash that was
 * killed has done nothing, or all but some of the removals, which the next new revision does.
 *
 * @throws {SquashRefused} @throws {ScratchUnavailable} @throws {ComparisonInterrupted} @throws {ConnectionFailed}
 * @throws {MigrationFailed} when the revisions as they are cannot be applied. @throws {RevisionNotWritten}
 * @throws {RevisionsBusy} @throws {TemplateInvalid} @throws {PostWriteFailed}, and what `ScriptDirectory.load` and
 *   `RevisionGraph.between` throw.
 */
export async function squash(options: SquashOptions): Promise<Squash> {
  const { directory, versions, template: templateFile, range, postWrite = [], root = process.cwd() } = options;
  const locations = versionsDirectories(directory, versions);
  const template = await readTemplate(templateFile);
  const made = await inTurn(locations[0]!, async () => {
    for (const location of locations) await removeDrafts(location);
    const script = await ScriptDirectory.load(directory, versions);
    for (const file of script.leftovers) await rm(file, { force: true });
    const run = [...script.history(range)].reverse();
    const ids = run.map(({ id }) => id);
    const files = filesOf(run);
    const refuse = (problems: readonly string[]): void => {
      if (problems.length > 0) throw new SquashRefused(range, problems);
    };
    refuse(whyNoRun(script, ids));
    const { commit, uncommitted } = await commitOf(files);
    refuse(uncommitted.map((file) => `${file} is not in Git as it is now, and would be lost`));
    const head = headOf(script, run, options.message);
    const file = join(dirname(run.at(-1)!.file), `${head.id}_${slug(head.message)}.ts`);
    const lastIn = options.lastIn ?? commit ?? null;
    const text = (transaction: boolean | undefined): string => {
      const body = bodyOfRun(run, options.data);
      refuse(body.problems);
      const facts = { allowDrop: run.flatMap(({ allowDrop }) => allowDrop), transaction };
      const replaces = { revisions: checksumsOf(run), lastIn };
      return withExports(renderTemplate(template, head, templateFile ?? "built in", body), facts, replaces);
    };
    const write = async (transaction: boolean | undefined): Promise<void> => {
      const made = { path: file, text: text(transaction) };
      await writeNew([made], async ([draft]) => {
        const revision = readRevision(file, await importModule(draft!), [made.text]);
        refuse(await proveSquash({ script, run, revision, connect: options.connect, signal: options.signal }));
      });
    };
    const transaction = transactionOf(run);
    try {
      await write(transaction);
    } catch (error) {
      // A value of an enum, for one, cannot be used in the transaction that adds it.
      if (!(error instanceof SquashRefused) || transaction !== undefined) throw error;
      await write(false).catch((other: unknown) => {
        throw other instanceof SquashRefused ? error : other;
      });
    }
    for (const old of files) await rm(old, { force: true });
    return { id: head.id, file, replaced: ids, removed: files };
  });
  await runPostWrite(postWrite, made.file, root);
  return made;
}

interface SquashedBody {
  readonly upgrade: string;
  readonly downgrade: string;
  readonly problems: readonly string[];
}

/** The calls of all revisions, each revision's under a comment that names it. */
function bodyOfRun(run: readonly Revision[], data: DataChoice): SquashedBody {
  const texts = new CallTexts();
  const part = ({ id, message, ...revision }: Revision, direction: "upgrade" | "downgrade"): string => {
    const calls = recordCalls(revision[direction]);
    const lines = calls.map((call) => texts.text(call, data, `${direction} of ${id}`)).filter((text) => text !== "");
    return lines.length === 0 ? "" : [`// ${id}: ${message.replace(/\s+/g, " ")}`, ...lines].join("\n");
  };
  const whole = (revisions: readonly Revision[], direction: "upgrade" | "downgrade"): string =>
    revisions
      .map((revision) => part(revision, direction))
      .filter((text) => text !== "")
      .join("\n\n");
  const problems: string[] = [];
  const [upgrade, downgrade] = (["upgrade", "downgrade"] as const).map((direction) => {
    const revisions = direction === "upgrade" ? run : [...run].reverse();
    const broken = revisions.find((one) => refusal(one, direction) !== undefined);
    if (broken === undefined) return whole(revisions, direction);
    const said = `${broken.id}: ${refusal(broken, direction)}`;
    if (direction === "upgrade") problems.push(`its upgrade says what it does of none: ${said}`);
    return `throw new Error(${stringLiteral(said)});`;
  }) as [string, string];
  return { upgrade, downgrade, problems: [...problems, ...texts.problems] };
}

/** What a revision's function throws. */
function refusal(revision: Revision, direction: "upgrade" | "downgrade"): string | undefined {
  try {
    recordCalls(revision[direction]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Step by step, where one of them says so; in a transaction, where all do. */
function transactionOf(run: readonly Revision[]): boolean | undefined {
  if (run.some(({ transaction }) => transaction === false)) return false;
  return run.every(({ transaction }) => transaction === true) ? true : undefined;
}

interface Facts {
  readonly allowDrop: readonly string[];
  readonly transaction: boolean | undefined;
}

/** A file with the exports that no template has, before its functions. */
function withExports(text: string, { allowDrop, transaction }: Facts, replaces: object): string {
  const value = (given: unknown): string => callText("", [given], 0).slice(1, -2);
  const lines = [
    ...(transaction === undefined ? [] : [`export const transaction = ${transaction};\n`]),
    ...(allowDrop.length === 0 ? [] : [`export const allowDrop = ${value([...new Set(allowDrop)])};\n`]),
    `export const replaces = ${value(replaces)};\n`,
  ].join("");
  const place = /^export (?:async )?function /m.exec(text)?.index ?? text.length;
  return `${text.slice(0, place)}${lines}\n${text.slice(place)}`;
}
