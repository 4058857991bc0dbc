import type { FastifyContextConfig } from "fastify";
import { Type } from "typebox";
import { Problem } from "../http/problem.ts";
import type { App } from "../http/type-provider.ts";
import type { Guard } from "../ops/access.ts";
import { ASSET_VERSION, ASSETS } from "../ops/assets.ts";
import type { Facts } from "../ops/facts.ts";
import type { Feed } from "../ops/feed.ts";
import { opsPage } from "../ops/page.ts";

/** The page may use its own style, scripts and events, and nothing else, wherever it comes from. */
const helmet = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      styleSrc: ["'self'"],
      scriptSrc: ["'self'"],
      connectSrc: ["'self'"],
      imgSrc: ["data:"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
};

/** Seconds between two loads of the page where scripts do not run, unless it says otherwise. */
const REFRESH = 5;

/** Shown while the process stops, too. */
const config: FastifyContextConfig = { servedWhileDraining: true };

export interface OpsRouteOptions {
  readonly guard: Guard;
  readonly facts: Facts;
  readonly feed: Feed;
}

/** `/ops`, the dashboard, for whoever sits at the machine and for superusers. */
export async function opsRoutes(app: App, { guard, facts, feed }: OpsRouteOptions): Promise<void> {
  app.get(
    "/ops",
    {
      helmet,
      config,
      schema: {
        hide: true,
        querystring: Type.Object(
          { refresh: Type.Optional(Type.Integer({ minimum: 0, maximum: 3600 })) },
          { additionalProperties: false },
        ),
      },
      onRequest: guard,
    },
    async ({ query: { refresh = REFRESH } }, reply) => {
      const page = opsPage(await facts.fresh(), refresh);
      return reply.type("text/html; charset=utf-8").header("cache-control", "no-store").send(page);
    },
  );

  // Not served while the process stops: streams end then, and a browser asks again until it is back.
  app.get(
    "/ops/events",
    { helmet, schema: { hide: true }, exposeHeadRoute: false, onRequest: guard },
    async (_request, reply) => {
      if (!feed.hasRoom) {
        throw new Problem(503, "As many dashboards are open as may be. Close one.", {
          headers: { "retry-after": "5" },
        });
      }
      reply.hijack();
      reply.raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        "content-type": "text/event-stream",
        "cache-control": "no-store",
        "x-accel-buffering": "no", // a proxy that gathers what it passes on would gather for ever
      });
      await feed.add(reply.raw);
    },
  );

  app.get(
    "/ops/assets/:version/:name",
    {
      helmet,
      config,
      schema: { hide: true, params: Type.Object({ version: Type.String(), name: Type.String() }) },
      onRequest: guard,
    },
    async ({ params: { version, name } }, reply) => {
      const asset = version === ASSET_VERSION ? ASSETS.get(name) : undefined;
      if (asset === undefined) throw new Problem(404, "There is no such file; load the page anew.");
      return reply.type(asset.type).header("cache-control", "private, max-age=31536000, immutable").send(asset.content);
    },
  );
}
