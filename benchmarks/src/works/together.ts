import { five } from "./five.ts";
import type { Work } from "./work.ts";

export const together: Work<"together"> = {
  name: "together",
  title: "the same five statements, sent without waiting for answers",
  input: five.input,
  check: five.check,
};
