import { fileURLToPath } from "node:url";
import { developmentServer } from "@hypertroq/embedded-postgres";

/** The app's own directory: both `src/` and `dist/` lie in it. */
export const appDirectory = fileURLToPath(new URL("..", import.meta.url));

/** The revision files, below `versions/`. */
export const migrationsDirectory = fileURLToPath(new URL("../migrations", import.meta.url));

/** The PostgreSQL used when DATABASE_URL is not set; its data is kept in `.hypertroq/`, which git ignores. */
export const server = developmentServer({
  dataDir: fileURLToPath(new URL("../.hypertroq/data", import.meta.url)),
  database: "hypertroq",
});
