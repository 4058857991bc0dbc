import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { App } from "./type-provider.ts";

/** Describes the routes that are added later as OpenAPI 3.1 (`/docs/json`) and shows them at `/docs`. */
export async function openApi(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "HypertroQ",
        version: "0.1.0",
        description: "HypertroQ's backend. Every answer other than success is problem+json (RFC 9457).",
        license: { name: "MIT", identifier: "MIT" },
      },
      tags: [
        { name: "users", description: "Who may use HypertroQ." },
        { name: "operations", description: "Probes and figures." },
      ],
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, index) => String(json["$id"] ?? `def-${index}`) },
  });
  await app.register(swaggerUi, {
    routePrefix: "/docs",
    theme: { title: "HypertroQ API" },
    // The validator badge would ask a server on the internet.
    uiConfig: { validatorUrl: null, displayRequestDuration: true },
  });
}
