import { Type } from "typebox";
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
  }),
});

/** Neither counted against a client nor refused while the process stops. */
const config = { rateLimit: false, servedWhileDraining: true } as const;
const tags = ["operations"];

/** `/health/live` says that the process runs; `/health/ready` says whether to send it requests. */
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
      const { ready, database, revision } = await readiness.check();
      const checks = { database, revision };
      if (ready) return { status: "ready" as const, checks: structuredClone(checks) as never };
      const { detail } = database.ok ? revision : database;
      throw new Problem(503, detail, { kind: "not-ready", extensions: { checks } });
    },
  );
}
