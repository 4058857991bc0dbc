import { type Static, Type } from "typebox";
import type { Drain } from "../http/drain.ts";
import { Problem } from "../http/problem.ts";
import { problems } from "../http/schemas.ts";
import type { App } from "../http/type-provider.ts";
import type { Readiness } from "../monitoring/readiness.ts";

const CHECK = { ok: Type.Boolean(), detail: Type.String() };
const READY_SCHEMA = Type.Object({
  status: Type.Literal("ready"),
  checks: Type.Object({
    database: Type.Object(CHECK),
    revision: Type.Object({ ...CHECK, current: Type.Array(Type.String()), head: Type.Array(Type.String()) }),
    replicas: Type.Optional(Type.Object(CHECK)),
  }),
});

/** Neither counted against a client nor refused while the process stops. */
const config = { rateLimit: false, servedWhileDraining: true } as const;
const tags = ["operations"];

/**
 * `/health/live` says that the process runs; `/health/startup` whether it has come up, so that a slow start is not taken
 * for a hang; `/health/ready` whether to send it requests now.
 */
export async function healthRoutes(
  app: App,
  { readiness, drain }: { readonly readiness: Readiness; readonly drain: Drain },
): Promise<void> {
  app.get(
    "/health/live",
    {
      config,
      schema: {
        tags,
        operationId: "live",
        summary: "Does the process run?",
        description: "Never asks the database: a process is not to be restarted because that is away.",
        response: { 200: Type.Object({ status: Type.Literal("alive") }) },
      },
    },
    async () => ({ status: "alive" as const }),
  );

  app.get(
    "/health/ready",
    {
      config,
      schema: {
        tags,
        operationId: "ready",
        summary: "Can it serve requests?",
        description:
          "200 when the database answers and is at head; else, and while the process stops, 503 with the same `checks`.",
        response: { 200: READY_SCHEMA, ...problems(503) },
      },
    },
    async () => {
      if (drain.draining) throw new Problem(503, "This process is stopping.", { kind: "stopping" });
      return { status: "ready" as const, checks: await checksWhenReady(readiness) };
    },
  );

  app.get(
    "/health/startup",
    {
      config,
      schema: {
        tags,
        operationId: "startup",
        summary: "Has it come up?",
        description:
          "200 from the first time on that it was ready, whatever comes after; until then 503 as `/health/ready`.",
        response: { 200: Type.Object({ status: Type.Literal("started") }), ...problems(503) },
      },
    },
    async () => {
      if (!readiness.hasBeenReady) await checksWhenReady(readiness);
      return { status: "started" as const };
    },
  );
}

/** @throws {Problem} 503 with the checks, when they are not as they should be. */
async function checksWhenReady(readiness: Readiness): Promise<Static<typeof READY_SCHEMA>["checks"]> {
  const { ready, database, revision, replicas } = await readiness.check();
  const checks = { database, revision, ...(replicas === undefined ? {} : { replicas }) };
  if (ready) return structuredClone(checks) as Static<typeof READY_SCHEMA>["checks"];
  const { detail } = database.ok ? revision : database;
  throw new Problem(503, detail, { kind: "not-ready", extensions: { checks } });
}
