import { DatabaseError } from "../errors.ts";

/** No `hypertroq.config` file was found from the working directory. */
export class ConfigNotFound extends DatabaseError {
  readonly code = "CONFIG_NOT_FOUND";
  /** Where the search began. */
  readonly directory: string;

  constructor(directory: string) {
    super(
      `No hypertroq.config.ts (or .js, .mjs) was found in ${directory}, above it, or in a workspace of its package.json. ` +
        "Run the command inside the app, or begin one: hypertroq init",
    );
    this.directory = directory;
  }
}

/** Several workspaces have a configuration and it is not clear which is meant. */
export class ConfigAmbiguous extends DatabaseError {
  readonly code = "CONFIG_AMBIGUOUS";
  readonly files: readonly string[];

  constructor(files: readonly string[]) {
    super(
      `Several workspaces have a configuration: ${files.join(", ")}. Run the command inside the one that is meant.`,
    );
    this.files = files;
  }
}

/** A configuration file that cannot be read or says something impossible. */
export class ConfigInvalid extends DatabaseError {
  readonly code = "CONFIG_INVALID";
  readonly file: string;

  constructor(file: string, problem: string, options?: ErrorOptions) {
    super(`${file} cannot be used: ${problem}.`, options);
    this.file = file;
  }
}

/** The configuration names no development server, and one was asked for. */
export class NoDevelopmentServer extends DatabaseError {
  readonly code = "NO_DEVELOPMENT_SERVER";
  readonly file: string;

  constructor(file: string) {
    super(`${file} names no development server. Give it one: defineConfig({ database: { server: … } })`);
    this.file = file;
  }
}

/** The development server could not do what was asked of it; the message is its own. */
export class DevelopmentServerFailed extends DatabaseError {
  readonly code = "DEVELOPMENT_SERVER_FAILED";

  constructor(cause: unknown) {
    super(`Development server: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** What was asked for needs the models, and the configuration does not say where they are. */
export class SchemaNotConfigured extends DatabaseError {
  readonly code = "SCHEMA_NOT_CONFIGURED";
  readonly file: string;

  constructor(file: string) {
    super(
      `${file} names no models to compare the database with. Give it what defineSchema returned: ` +
        'defineConfig({ schema: async () => (await import("./src/models.ts")).schema })',
    );
    this.file = file;
  }
}
