import { randomUUID } from "node:crypto";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import { type DatabaseManager, redactUrl } from "@hypertroq/database";
import { database } from "@hypertroq/database/fastify";
import type { Migrator } from "@hypertroq/database/migrations";
import type { Monitor } from "@hypertroq/database/monitoring";
import { type FastifyBaseLogger, fastify, LogController } from "fastify";
import { Drain } from "./http/drain.ts";
import { answerClientError, answerError, answerNotFound, REQUEST_ID_HEADER } from "./http/errors.ts";
import { openApi } from "./http/openapi.ts";
import { Problem } from "./http/problem.ts";
import { PROBLEM_SCHEMA } from "./http/schemas.ts";
import type { App } from "./http/type-provider.ts";
import { validatorCompiler } from "./http/validation.ts";
import { watchMethods } from "./http/wrong-method.ts";
import { Metrics } from "./monitoring/metrics.ts";
import { Readiness } from "./monitoring/readiness.ts";
import { guardOps } from "./ops/access.ts";
import { Facts } from "./ops/facts.ts";
import { Feed } from "./ops/feed.ts";
import { PasswordHasher } from "./passwords.ts";
import { healthRoutes } from "./routes/health.ts";
import { metricsRoutes } from "./routes/metrics.ts";
import { opsRoutes } from "./routes/ops.ts";
import { userRoutes } from "./routes/users.ts";
import type { Settings } from "./settings.ts";

export interface AppOptions {
  readonly settings: Settings;
  readonly manager: DatabaseManager;
  readonly migrator: Migrator;
  /** Of the same manager; its samples move the dashboard. */
  readonly monitor: Monitor;
  /** Of the database in use. */
  readonly databaseUrl: string;
  readonly logger: FastifyBaseLogger;
  /** Requests per client and minute. Default 300. */
  readonly requestsPerMinute?: number;
}

/** The largest body: a user is far smaller, and checking a body lists everything that is wrong with it. */
const BODY_LIMIT = 16 * 1024;
/** Milliseconds for a request to arrive in. */
const REQUEST_TIMEOUT = 30_000;

/** The HTTP application, not listening yet, and what stops it without cutting anybody off. */
export async function createApp(options: AppOptions): Promise<{ app: App; drain: Drain }> {
  const { settings, manager, migrator, monitor, logger, requestsPerMinute = 300 } = options;
  const { ENVIRONMENT, DB_POOL_SIZE, DB_MAX_OVERFLOW } = settings;
  const unlimited = DB_POOL_SIZE === 0 || DB_MAX_OVERFLOW === -1;
  const maxConnections = unlimited ? Number.POSITIVE_INFINITY : DB_POOL_SIZE + DB_MAX_OVERFLOW;
  const drain = new Drain();
  const metrics = new Metrics(monitor);
  const readiness = new Readiness({ manager, migrator, logger });
  // The cheapest hash there is, where the users are made up.
  const hasher = new PasswordHasher(ENVIRONMENT === "testing" ? { cost: 4 } : {});

  const app: App = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }), // one line per request, below, is enough
    genReqId: () => randomUUID(),
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT,
    // Not setValidatorCompiler: a scope that adds schemas would go back to Ajv, which drops unknown fields.
    schemaController: { compilersFactory: { buildValidator: (() => validatorCompiler) as never } },
    return503OnClosing: false, // the drain refuses what comes late, in our own words
    forceCloseConnections: true, // by then everybody has had their answer, or has waited long enough
    clientErrorHandler: answerClientError,
    frameworkErrors: answerError,
  });
  app.setErrorHandler(answerError);
  app.addSchema(PROBLEM_SCHEMA);

  app.addHook("onRequest", async (request, reply) => {
    reply.header(REQUEST_ID_HEADER, request.id);
  });
  app.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "(none)";
    metrics.observe(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
    const path = request.url.split("?", 1)[0];
    const ms = Math.round(reply.elapsedTime * 10) / 10;
    const level = request.routeOptions.config.servedWhileDraining ? "debug" : "info"; // probes come every few seconds
    request.log[level]({ method: request.method, path, status: reply.statusCode, ms }, "request");
  });
  drain.attach(app as never);

  await app.register(helmet, {
    // Every page here names its parts by path, so there is nothing to upgrade, and on loopback there is no TLS.
    contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
  });
  await app.register(rateLimit, {
    max: requestsPerMinute,
    timeWindow: "1 minute",
    errorResponseBuilder: (_request, { ttl }) =>
      new Problem(429, `Too many requests; go on in ${Math.ceil(ttl / 1000)} s.`, { kind: "too-many-requests" }),
  });
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, answerNotFound);
  await app.register(database, {
    manager,
    session: ({ method }) => ({ readOnly: method === "GET" || method === "HEAD" }),
  });
  await openApi(app);

  const addWrongMethods = watchMethods(app as never);
  await app.register(userRoutes, { hasher });
  await app.register(healthRoutes, { readiness, drain });
  await app.register(metricsRoutes, { metrics });
  const facts = new Facts({
    environment: ENVIRONMENT,
    database: redactUrl(options.databaseUrl),
    maxConnections,
    backupDirectory: settings.BACKUP_DIRECTORY,
    backupsScheduled: settings.BACKUP_SCHEDULE !== undefined,
    draining: () => drain.draining,
    manager,
    migrator,
    monitor,
    metrics,
    readiness,
  });
  const feed = new Feed({ facts, monitor, logger, signal: drain.signal });
  await app.register(opsRoutes, { guard: guardOps(app, manager, hasher), facts, feed });
  addWrongMethods();
  return { app, drain };
}
