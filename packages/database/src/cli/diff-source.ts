import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import type { LoadedConfig } from "../config/load-config.ts";
import type { DiffSource, LiveSource } from "../migrations/diff/sources.ts";
import { openConfig } from "./workspace.ts";

/** What a side of a comparison may be, for the help of the verbs that take one. */
export const SOURCES = `
SOURCE is one of
  postgresql://…   a database, of which only the catalog is read
  schema.sql       a file of SQL that makes it in an empty database
  head, ddef…      what the app's revisions make, up to there`;

/** What stands where no source is given. */
type Fallback = (config: LoadedConfig) => Promise<DiffSource>;

interface Opened {
  readonly sources: readonly DiffSource[];
  readonly config: LoadedConfig | undefined;
  /** For scratch databases, where no source is a database; undefined: there is one. */
  readonly scratch: LiveSource | undefined;
}

/**
 * Runs `work` with the sources that words name. A configuration is needed where a word is missing or is a revision, and
 * where no database is named.
 */
export async function withSources<T>(
  command: Command,
  words: readonly (readonly [word: string | undefined, fallback: Fallback | "database"])[],
  scratch: string | undefined,
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
  const isGiven = words.every(([word]) => word !== undefined && (isUrl(word) || isFile(word)));
  const config = await openConfig().catch((error: unknown) => {
    if (isGiven) return undefined;
    throw error;
  });
  const hasDatabase = scratch !== undefined || words.some(([word]) => word !== undefined && isUrl(word));
  const isAsked = words.some(([word, fallback]) => word === undefined && fallback === "database");
  const database = isAsked || !hasDatabase ? await openConfigured(config) : undefined;
  try {
    const sources: DiffSource[] = [];
    for (const [word, fallback] of words) {
      if (word === undefined && fallback === "database") sources.push({ connect: database!.connect });
      else sources.push(word === undefined ? await (fallback as Fallback)(config!) : await read(command, word, config));
    }
    const isServer = scratch === undefined && !hasDatabase && !isAsked && database !== undefined;
    return await work({ sources, config, scratch: isServer ? { connect: database.connect } : undefined });
  } finally {
    await database?.release();
  }
}

async function openConfigured(config: LoadedConfig | undefined) {
  if (config === undefined) return undefined;
  const { openDatabase } = await import("../config/database.ts");
  return openDatabase(config, process.env);
}

function isUrl(word: string): boolean {
  return /^postgres(?:ql)?(?:\+\w+)?:/.test(word);
}

function isFile(word: string): boolean {
  return word.endsWith(".sql");
}

async function read(command: Command, word: string, config: LoadedConfig | undefined): Promise<DiffSource> {
  if (isUrl(word)) return { url: word };
  if (!isFile(word)) return { ...config!.migrations, revision: word };
  try {
    return { sql: await readFile(word, "utf8"), file: word };
  } catch (error) {
    return command.error(`error: ${word} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}
