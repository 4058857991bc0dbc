import type { Environment } from "../settings.ts";

/** What ENVIRONMENT may say. */
export const ENVIRONMENTS = ["development", "testing", "staging", "production"] as const;

/** Where this process runs: ENVIRONMENT, else NODE_ENV, which may be any word; undefined where neither is set. */
export function environmentOf(env: Environment): string | undefined {
  return env["ENVIRONMENT"]?.trim() || env["NODE_ENV"]?.trim() || undefined;
}

/** Whether that is production or staging, where others depend on the data and nothing is guessed. */
export function isDeployed(env: Environment): boolean {
  return /^(production|staging)$/i.test(environmentOf(env) ?? "");
}
