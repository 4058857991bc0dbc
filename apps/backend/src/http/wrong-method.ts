import type {} from "@fastify/swagger"; // for `hide`
import type { FastifyInstance } from "fastify";
import { Problem } from "./problem.ts";

/**
 * Answers 405 with Allow (RFC 9110, 15.5.6) where a path exists and the method does not. Call it before the routes are
 * added; the returned function, called after, adds the answers.
 */
export function watchMethods(app: FastifyInstance): () => void {
  const routes = new Map<string, Set<string>>();
  app.addHook("onRoute", ({ url, method }) => {
    routes.set(url, new Set([...(routes.get(url) ?? []), ...[method].flat()]));
  });
  return () => {
    for (const [url, methods] of [...routes]) {
      const allow = [...methods].sort().join(", ");
      const refuse = async (): Promise<never> => {
        throw new Problem(405, `This path takes ${allow}.`, { headers: { allow } });
      };
      const method = app.supportedMethods.filter((each) => !methods.has(each));
      // Before the body is parsed: what is wrong with the method is no matter of its content type.
      app.route({ method, url, schema: { hide: true }, onRequest: refuse, handler: refuse });
    }
  };
}
