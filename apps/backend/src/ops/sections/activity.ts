import { duration } from "../format.ts";
import { firstOf, known, nothing, sql, table } from "../parts.ts";
import type { Section } from "./section.ts";

/** What the server's sessions do now. */
export const activity: Section = {
  id: "activity",
  title: "Sessions",
  width: "whole",
  body: ({ activity }) =>
    known(activity, (sessions) =>
      sessions.length === 0
        ? nothing("There are no sessions.")
        : firstOf(sessions, 30, (some) =>
            table(
              "Sessions",
              [
                { title: "PID", isNumber: true },
                { title: "User" },
                { title: "Application" },
                { title: "Database" },
                { title: "State" },
                { title: "Since", isNumber: true },
                { title: "Transaction", isNumber: true },
                { title: "Waits for" },
                { title: "Runs, or ran last" },
              ],
              some.map(({ pid, user, application, database, state, seconds, transactionSeconds, wait, query }) => [
                pid,
                user ?? "",
                application,
                database,
                state ?? "not to be seen",
                seconds === null ? "" : duration(seconds),
                transactionSeconds === null ? "" : duration(transactionSeconds),
                wait ?? "",
                sql(query, 120),
              ]),
            ),
          ),
    ),
};
