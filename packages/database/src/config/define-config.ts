import type { BackupsConfig } from "../backup/config.ts";
import type { RevisionDirectives } from "../migrations/autogenerate/autogenerate.ts";
import type { CompareHooks } from "../migrations/diff/hooks.ts";
import type { RuleSetting } from "../migrations/lint/rules.ts";
import type { VersionHook } from "../migrations/runner/version-hook.ts";
import type { MonitoringConfig } from "../monitoring/monitor.ts";
import type { RolesConfig } from "../roles/role-plan.ts";
import type { Seed } from "../seeding/define-seed.ts";

/** What `hypertroq.config.ts` exports as its default. Paths in it are relative to the file's own directory. */
export interface Config {
  /** What `defineSchema` returned: the models. Or a function that imports it: most verbs need no models. */
  readonly schema?: object | (() => Promise<object>);
  readonly migrations?: MigrationsConfig;
  /** What `hypertroq seed` stores: what `defineSeed` returned. Or a function that imports it. */
  readonly seeds?: readonly Seed[] | (() => Promise<readonly Seed[]>);
  /** What the roles of `hypertroq roles` are called, and their timeouts. */
  readonly roles?: RolesConfig;
  /** Where backups are kept, and how many. */
  readonly backups?: BackupsConfig;
  /** Further alert rules, and other limits for those there are. */
  readonly monitoring?: MonitoringConfig;
  readonly database?: {
    /** The server used where neither DIRECT_URL nor DATABASE_URL is set. Or a function that imports it. */
    readonly server?: DevelopmentServer | (() => Promise<DevelopmentServer>);
  };
}

export interface MigrationsConfig extends CompareHooks {
  /** The migrations directory, whose `versions/` holds the revision files; default `migrations`. */
  readonly directory?: string;
  /** Further directories of revision files, whose revisions belong to the same graph. */
  readonly versions?: readonly string[];
  /** The file that says what a new revision looks like; `hypertroq init` writes one. Default a built-in one. */
  readonly template?: string;
  /**
   * Commands to run on each new revision file, in the app's root and without a shell; `{file}` stands for its path:
   * `[["npx", "biome", "format", "--write", "{file}"]]`.
   */
  readonly postWrite?: readonly (readonly string[])[];
  /** The role that migrations run as (SET ROLE), and that owns what they create. Default the one that connects. */
  readonly role?: string;
  /** Seconds that a statement waits for a lock before it gives way and is tried again; 0: as long as it takes. Default 2. */
  readonly lockTimeout?: number;
  /** How severe what a rule of `hypertroq lint` finds is, by its id: `{ "drop-column": "off" }`. */
  readonly lint?: Readonly<Record<string, RuleSetting>>;
  /** Called whenever the version table changes, in the same transaction, which is rolled back when it throws. */
  readonly onVersionApply?: VersionHook;
  /**
   * Has the last word on what `revision --autogenerate` writes: returns what shall be written instead, null for no revision
   * at all, or undefined to leave it as it is.
   */
  readonly processRevisionDirectives?: (directives: RevisionDirectives) => RevisionDirectives | null | undefined;
}

/** A server for development, such as @hypertroq/embedded-postgres describes; nothing runs until a method is called. */
export interface DevelopmentServer {
  /** What runs now; changes nothing. */
  status(): Promise<DevelopmentServerStatus>;
  /** Attaches to the server that runs, or starts one that `release` stops again. */
  use(): Promise<{
    url: string;
    /** Stops what was started for it. */
    release(): Promise<void>;
  }>;
  /** Starts the server, when none runs, and leaves it running. */
  start(): Promise<{ url: string }>;
  /** Stops it; resolves to whether one ran. */
  stop(): Promise<boolean>;
  /** Stops it and deletes its data. */
  reset(): Promise<void>;
}

/** How a development server is. */
export interface DevelopmentServerStatus {
  readonly running: boolean;
  readonly url?: string;
  readonly pid?: number;
  readonly port?: number;
  readonly dataDir: string;
  /** The live process that answers for it. */
  readonly ownerPid?: number;
}

/** Returns the configuration as it is; it is there for the editor, which then knows what may be said. */
export function defineConfig(config: Config): Config {
  return config;
}
