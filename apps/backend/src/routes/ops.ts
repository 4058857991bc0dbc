import { createHash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import { Problem } from "../http/problem.ts";
import type { App } from "../http/type-provider.ts";
import { type OpsFacts, opsPage } from "../ops/page.ts";
import { STYLE } from "../ops/style.ts";

const LOOPBACK_ADDRESS = /^(127\.|::1$|::ffff:127\.)/;
const LOOPBACK_NAME = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i;

/** The page may hold its own style and nothing else, wherever it comes from. */
const helmet = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      styleSrc: [`'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`],
      imgSrc: ["data:"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
};

/** Seconds between two loads of the page, unless it says otherwise. */
const REFRESH = 5;

export interface OpsRouteOptions {
  readonly facts: () => Promise<Omit<OpsFacts, "refresh">>;
}

/** `/ops`, the dashboard, for whoever sits at the machine. */
export async function opsRoutes(app: App, { facts }: OpsRouteOptions): Promise<void> {
  app.get(
    "/ops",
    {
      helmet,
      config: { servedWhileDraining: true },
      schema: {
        hide: true,
        querystring: Type.Object(
          { refresh: Type.Optional(Type.Integer({ minimum: 0, maximum: 3600 })) },
          { additionalProperties: false },
        ),
      },
      onRequest: async (request) => {
        if (isLocal(request)) return;
        throw new Problem(403, "The dashboard is for this machine only: open it there, or through an SSH tunnel.");
      },
    },
    async ({ query: { refresh = REFRESH } }, reply) => {
      const page = opsPage({ ...(await facts()), refresh });
      return reply.type("text/html; charset=utf-8").header("cache-control", "no-store").send(page);
    },
  );
}

/**
 * From this machine, and not on somebody's behalf: not forwarded by a proxy beside us, and not by a browser that was
 * made to believe that a foreign name is this machine (DNS rebinding).
 */
function isLocal({ ip, headers }: FastifyRequest): boolean {
  const forwarded = headers["x-forwarded-for"] !== undefined || headers["forwarded"] !== undefined;
  return LOOPBACK_ADDRESS.test(ip) && !forwarded && LOOPBACK_NAME.test(headers.host ?? "");
}
