import { randomUUID } from "node:crypto";
import { Writable } from "node:stream";
import {
  connectOptions,
  type DatabaseManager,
  type DatabaseOptions,
  DatabaseManager as Manager,
} from "@hypertroq/database";
import { Migrator } from "@hypertroq/database/migrations";
import { Monitor, type MonitorOptions } from "@hypertroq/database/monitoring";
import { expect } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../test/database.ts";
import { createApp } from "../src/app.ts";
import { migrationsDirectory } from "../src/config.ts";
import type { Drain } from "../src/http/drain.ts";
import type { App } from "../src/http/type-provider.ts";
import { createLogger } from "../src/logger.ts";
import { readBackendSettings } from "../src/settings.ts";

/** The application on a database of its own, everything logged into `log`. */
export interface TestApp extends AsyncDisposable {
  readonly app: App;
  readonly drain: Drain;
  readonly manager: DatabaseManager;
  /** Takes samples and looks when it is started. */
  readonly monitor: Monitor;
  readonly database: TestDatabase;
  /** All log lines, as they would be written. */
  readonly log: string[];
}

export interface TestAppOptions {
  /** An existing database, which the test drops itself. */
  readonly database?: TestDatabase;
  readonly options?: Partial<DatabaseOptions>;
  readonly monitoring?: MonitorOptions;
  /** Where the revisions are; default the backend's own. */
  readonly migrations?: string;
  readonly requestsPerMinute?: number;
  /** Whether to bring the database to head; default true. */
  readonly migrate?: boolean;
  /** Adds routes to those of the application. */
  readonly routes?: (app: App) => void;
  readonly env?: Readonly<Record<string, string>>;
}

export async function startTestApp(given: TestAppOptions = {}): Promise<TestApp> {
  const database = given.database ?? (await createTestDatabase());
  const log: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      log.push(String(chunk));
      done();
    },
  });
  const logger = createLogger({ LOG_LEVEL: "trace" }, destination);
  const settings = readBackendSettings({
    ENVIRONMENT: "testing",
    DATABASE_URL: database.url,
    DB_POOL_SIZE: String(given.options?.poolSize ?? 5),
    ...given.env,
  });
  const options = { url: database.url, poolSize: 5, echo: true, logger, ...given.options };
  const manager = new Manager(options);
  const migrator = new Migrator({
    connect: connectOptions({ url: database.url }),
    directory: given.migrations ?? migrationsDirectory,
  });
  if (given.migrate !== false) await migrator.upgrade("head");
  const monitor = new Monitor(manager, given.monitoring);
  const { app, drain } = await createApp({
    settings,
    manager,
    migrator,
    monitor,
    databaseUrl: options.url,
    logger,
    requestsPerMinute: given.requestsPerMinute ?? 1_000_000,
  });
  given.routes?.(app);
  await app.ready();
  return {
    app,
    drain,
    manager,
    monitor,
    database,
    log,
    async [Symbol.asyncDispose]() {
      await app.close();
      await monitor.stop();
      await manager.close({ timeout: 0 });
      if (given.database === undefined) await database.drop();
    },
  };
}

/** A user that is not there yet. */
export function newUser(changes: object = {}): object {
  return { email: `${randomUUID()}@example.com`, password: "correct horse battery", ...changes };
}

interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, unknown>>;
  json(): unknown;
}

interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly request_id: string;
  readonly errors?: readonly { readonly pointer?: string; readonly parameter?: string; readonly detail: string }[];
}

/** Checks that an answer is a well-formed problem (RFC 9457) with this status, and returns it. */
export function expectProblem(answer: Answer, status: number): ProblemBody {
  const body = answer.json() as ProblemBody;
  expect({ status: answer.statusCode, type: answer.headers["content-type"], detail: body.detail }).toEqual({
    status,
    type: expect.stringMatching(/^application\/problem\+json/),
    detail: expect.stringMatching(/\w/),
  });
  expect(body.status).toBe(status);
  expect(body.title).toMatch(/\w/);
  expect(body.type).toMatch(/^(about:blank|urn:hypertroq:problem:[a-z-]+)$/);
  expect(body.instance).toMatch(/^\//);
  expect(answer.headers["x-request-id"]).toBe(body.request_id);
  return body;
}
