import type { OpsFacts } from "../facts.ts";
import type { Html } from "../html.ts";

/** A part of the dashboard. */
export interface Section {
  /** Of its element; the part that changes is the element `ID-body`. */
  readonly id: string;
  readonly title: string;
  /** How much of the page's width it takes, where there is room. */
  readonly width: "third" | "half" | "whole";
  /** Whether there is anything it could ever show; default yes. Stays so while the process lives. */
  readonly isShown?: (facts: OpsFacts) => boolean;
  /** What it shows; every value in it is escaped. */
  readonly body: (facts: OpsFacts) => Html;
}
