import { access, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { type ConnectOptions, connect } from "../../connection/connect.ts";
import { reflect, searchPath } from "../catalog/reflect.ts";
import { RevisionNotWritten } from "../errors.ts";
import { makeDirectory, writeNew } from "../script/write-files.ts";
import { fileText, type ModelsFile } from "./file-text.ts";
import { sourceOf } from "./source.ts";

/** Options of {@link pull}. */
export interface PullOptions {
  /** The database to read. */
  readonly connect: ConnectOptions;
  /** The schemas to read. Default: all but PostgreSQL's own. */
  readonly schemas?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link pullToFile}. */
export interface PullToFileOptions extends PullOptions {
  /** The file to write, in a directory that is made if need be. */
  readonly file: string;
  /** Whether a file that is there is replaced. Default: false. */
  readonly force?: boolean | undefined;
}

/** The models of a database that is there, as the text of a file. Of the database only the catalog is read. */
export async function pull(options: PullOptions): Promise<ModelsFile> {
  const connection = await connect(options.connect);
  try {
    const [defaultSchema = "public"] = await searchPath(connection);
    const schemas = options.schemas ?? (await ownSchemas(connection));
    return fileText(sourceOf(await reflect(connection, { defaultSchema, schemas, signal: options.signal })));
  } finally {
    await connection.close();
  }
}

/**
 * Writes the models of a database into a file, all of it or nothing.
 *
 * @throws {RevisionNotWritten} when it exists and `force` is not said, or cannot be written.
 */
export async function pullToFile({ file, force = false, ...options }: PullToFileOptions): Promise<ModelsFile> {
  if (!force && (await isThere(file)))
    throw new RevisionNotWritten(file, "it exists already; say --force to replace it");
  const models = await pull(options);
  await makeDirectory(dirname(file));
  if (force) await replace(file, models.text);
  else await writeNew([{ path: file, text: models.text }]);
  return models;
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

async function replace(file: string, text: string): Promise<void> {
  const draft = `${file}.draft`;
  try {
    await writeFile(draft, text, { flush: true });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw new RevisionNotWritten(file, String((error as NodeJS.ErrnoException).code));
  }
}

async function ownSchemas(connection: Awaited<ReturnType<typeof connect>>): Promise<readonly string[]> {
  const { rows } = await connection.query(
    "select nspname from pg_catalog.pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'",
  );
  return rows.map(([name]) => name as string);
}
