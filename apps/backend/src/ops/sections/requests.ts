import { count, milliseconds } from "../format.ts";
import { html } from "../html.ts";
import { firstOf, nothing, table } from "../parts.ts";
import type { Section } from "./section.ts";

/** What has been answered since the process began. */
export const requests: Section = {
  id: "requests",
  title: "Requests",
  width: "whole",
  body: ({ requests }) => {
    if (requests.length === 0) return nothing("None has been answered yet.");
    const total = requests.reduce((sum, each) => sum + each.count, 0);
    return html`<p class="nothing">Requests answered: <span id="requests-total">${count(total)}</span></p>${firstOf(
      requests,
      40,
      (some) =>
        table(
          "Requests by route",
          [
            { title: "Route" },
            { title: "Status" },
            { title: "Count", isNumber: true },
            { title: "Mean", isNumber: true },
          ],
          some.map(({ method, route, status, count: times, seconds }) => [
            html`${method} <code>${route}</code>`,
            status,
            count(times),
            milliseconds((seconds / times) * 1000),
          ]),
        ),
    )}`;
  },
};
