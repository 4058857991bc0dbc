import { count, milliseconds } from "../format.ts";
import { html } from "../html.ts";
import { firstOf, known, nothing, sql, table } from "../parts.ts";
import type { Section } from "./section.ts";

/** The statements that have taken most of the server's time, whoever sent them. */
export const statements: Section = {
  id: "statements",
  title: "Top statements",
  width: "whole",
  body: ({ statements }) =>
    known(statements, ({ totals }) => {
      if (totals === undefined) {
        return nothing(
          html`The server counts none: <code>shared_preload_libraries = 'pg_stat_statements'</code>, then <code>CREATE EXTENSION pg_stat_statements</code>.`,
        );
      }
      return firstOf(totals, 15, (some) =>
        table(
          "Top statements",
          [
            { title: "In all", isNumber: true },
            { title: "Calls", isNumber: true },
            { title: "Mean", isNumber: true },
            { title: "Longest", isNumber: true },
            { title: "Rows", isNumber: true },
            { title: "From cache", isNumber: true },
            { title: "Statement" },
          ],
          some.map(({ text, calls, totalMs, meanMs, longestMs, rows, cacheHit }) => [
            milliseconds(totalMs),
            count(calls),
            milliseconds(meanMs),
            milliseconds(longestMs),
            count(rows),
            cacheHit === null ? "" : `${(cacheHit * 100).toFixed(1)} %`,
            sql(text, 160),
          ]),
        ),
      );
    }),
};
