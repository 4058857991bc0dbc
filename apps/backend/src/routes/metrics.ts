import { Type } from "typebox";
import type { App } from "../http/type-provider.ts";
import type { Metrics } from "../monitoring/metrics.ts";

/** `/metrics`, for Prometheus. */
export async function metricsRoutes(app: App, { metrics }: { readonly metrics: Metrics }): Promise<void> {
  app.get(
    "/metrics",
    {
      config: { rateLimit: false, servedWhileDraining: true },
      schema: {
        tags: ["operations"],
        operationId: "metrics",
        summary: "Figures for Prometheus",
        response: {
          200: {
            description: "The pool, requests and the process, in Prometheus' text format.",
            content: { "text/plain": { schema: Type.String() } },
          },
        },
      },
    },
    async (_request, reply) => {
      const { contentType, text } = await metrics.expose();
      return reply.type(contentType).send(text);
    },
  );
}
