import { record } from "../../operations/record.ts";
import type { Rule } from "../rule.ts";

/** What is about a revision as a whole, or about lint itself; lint.ts finds those without a check here. */
export const REVISION_RULES: readonly Rule[] = [
  {
    id: "no-downgrade",
    severity: "warning",
    regardless: true,
    title: "a revision cannot be taken back",
    check: ({ revision, index }) => {
      if (index > 0) return [];
      let why: string | undefined;
      try {
        if (record(revision.downgrade).length === 0) why = "Its downgrade does nothing.";
      } catch (error) {
        why = `Its downgrade cannot be run: ${(error as Error).message}`;
      }
      if (why === undefined) return [];
      return [
        {
          message: why,
          rewrite:
            "write the downgrade; where operations know their past it is `export const downgrade = reverseOf(upgrade)`",
        },
      ];
    },
  },
  {
    id: "not-recordable",
    severity: "error",
    regardless: true,
    title: "an upgrade throws when it is asked what it does",
    check: () => [],
  },
  {
    id: "lint-ignore",
    severity: "error",
    regardless: true,
    title: "a remark to lint has no reason, names no rule, or is not needed",
    check: () => [],
  },
];
