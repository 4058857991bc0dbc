import type { Work } from "./work.ts";

export const checkout: Work<"checkout"> = {
  name: "checkout",
  title: "a connection borrowed and given back, without a statement",
  input: () => undefined,
  async check(once) {
    await once(undefined);
  },
};
