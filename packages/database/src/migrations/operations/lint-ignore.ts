import type { Renderers } from "./rendered.ts";

export interface LintOperations {
  /**
   * The next operation is as it is on purpose: what the rule of `hypertroq lint` finds in it is not reported. Nothing is
   * recorded and nothing is run. The reason is for whoever reads the revision, and there must be one.
   */
  lintIgnore(rule: string, reason: string): void;
}

export const LINT: Renderers<LintOperations> = {
  lintIgnore(rule) {
    return { subject: String(rule), statements: [], reverse: () => {} };
  },
};
