import type { AlertRule } from "../rule.ts";

/** The id of {@link REACHABLE}. */
export const UNREACHABLE = "unreachable";

/** The rule that the others, whose questions the server has to answer, stand on. */
export const REACHABLE: AlertRule = {
  id: UNREACHABLE,
  title: "The database does not answer",
  meaning: "Nothing that needs it works, and nothing else is known of it meanwhile.",
  remedy: "Look whether the server runs and can be reached from here; its log says why it refuses.",
  unit: "count",
  critical: 1,
  async measure({ ask }) {
    try {
      await ask("select 1");
      return [];
    } catch (error) {
      const detail = error instanceof Error ? error.message.split("\n", 1)[0]! : "It failed.";
      return [{ subject: "the server", value: 1, detail }];
    }
  },
};
