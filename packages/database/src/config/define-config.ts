/** What `hypertroq.config.ts` exports as its default. Paths in it are relative to the file's own directory. */
export interface Config {
  /** What `defineSchema` returned: the models. */
  readonly schema?: object;
  readonly migrations?: {
    /** The migrations directory, whose `versions/` holds the revision files; default `migrations`. */
    readonly directory?: string;
  };
  readonly database?: {
    /** The server used where neither DIRECT_URL nor DATABASE_URL is set. */
    readonly server?: DevelopmentServer;
  };
}

/** A server for development, such as @hypertroq/embedded-postgres describes; nothing runs until a method is called. */
export interface DevelopmentServer {
  /** What runs now; changes nothing. */
  status(): Promise<DevelopmentServerStatus>;
  /** Attaches to the server that runs, or starts one that `release` stops again. */
  use(): Promise<{ url: string; release(): Promise<void> }>;
  /** Starts the server, when none runs, and leaves it running. */
  start(): Promise<{ url: string }>;
  /** Stops it; resolves to whether one ran. */
  stop(): Promise<boolean>;
  /** Stops it and deletes its data. */
  reset(): Promise<void>;
}

export interface DevelopmentServerStatus {
  readonly running: boolean;
  readonly url?: string;
  readonly pid?: number;
  readonly port?: number;
  readonly dataDir: string;
}

/** Returns the configuration as it is; it is there for the editor, which then knows what may be said. */
export function defineConfig(config: Config): Config {
  return config;
}
