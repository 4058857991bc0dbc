import { type DestinationStream, type Logger, pino } from "pino";
import type { Settings } from "./settings.ts";

/** What no log line shows, whoever logs it and however deep. Bodies are never logged at all. */
const SECRETS = ["authorization", "cookie", "password", "hashed_password", "hashedPassword"];

/** JSON lines, on stdout unless told otherwise. */
export function createLogger(
  { LOG_LEVEL }: Pick<Settings, "LOG_LEVEL">,
  destination: DestinationStream = pino.destination({ dest: 1, sync: true }),
): Logger {
  return pino(
    {
      level: LOG_LEVEL,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: "[redacted]" },
    },
    destination,
  );
}
