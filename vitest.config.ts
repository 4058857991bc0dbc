import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Tests run against the sources, so that a failing line is a line somebody wrote; spawned programs use the build. */
const alias = [
  { find: /^@hypertroq\/database$/, replacement: source("packages/database/src/index.ts") },
  { find: /^@hypertroq\/database\/migrations$/, replacement: source("packages/database/src/migrations/index.ts") },
  { find: /^@hypertroq\/database\/roles$/, replacement: source("packages/database/src/roles/index.ts") },
  { find: /^@hypertroq\/database\/seeding$/, replacement: source("packages/database/src/seeding/index.ts") },
  { find: /^@hypertroq\/database\/backup$/, replacement: source("packages/database/src/backup/index.ts") },
  { find: /^@hypertroq\/database\/monitoring$/, replacement: source("packages/database/src/monitoring/index.ts") },
  {
    find: /^@hypertroq\/database\/opentelemetry$/,
    replacement: source("packages/database/src/adapters/opentelemetry.ts"),
  },
  { find: /^@hypertroq\/database\/testing$/, replacement: source("packages/database/src/testing/index.ts") },
  { find: /^@hypertroq\/database\/fastify$/, replacement: source("packages/database/src/adapters/fastify.ts") },
  { find: /^@hypertroq\/embedded-postgres$/, replacement: source("packages/embedded-postgres/src/index.ts") },
];

/** Files that count what a process has seen, or that watch a library it calls: others' traces would be in their way. */
const ALONE = ["ops", "passwords", "session"].map((name) => `apps/backend/test/${name}.test.ts`);

export default defineConfig({
  resolve: { alias },
  test: {
    // One more than CI has cores: tests wait for servers, programs and timers about a fifth of their time.
    maxWorkers: 3,
    testTimeout: 300_000,
    hookTimeout: 120_000,
    // How soon what is waited for happens is the machine's affair: a wait ends by what it waits for, and this is a net.
    expect: { poll: { timeout: 60_000, interval: 20 } },
    reporters: ["default", source("test/closing-line.ts")],
    projects: [
      { extends: true, test: { name: "embedded-postgres", include: ["packages/embedded-postgres/test/**/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "database",
          // Its files share what they have imported: to import it anew takes a second for each of them.
          isolate: false,
          include: ["packages/database/test/**/*.test.ts"],
          globalSetup: [source("test/server.ts")],
        },
      },
      {
        extends: true,
        test: {
          name: "backend",
          isolate: false,
          include: ["apps/backend/test/**/*.test.ts"],
          exclude: ALONE,
          globalSetup: [source("test/server.ts")],
        },
      },
      {
        extends: true,
        test: { name: "backend-alone", include: ALONE, globalSetup: [source("test/server.ts")] },
      },
      {
        extends: true,
        test: { name: "examples", include: ["examples/test/**/*.test.ts"], globalSetup: [source("test/server.ts")] },
      },
      { extends: true, test: { name: "benchmarks", include: ["benchmarks/test/**/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "repository",
          include: ["test/**/*.test.ts"],
          globalSetup: [source("test/server.ts"), source("test/tarballs.ts")],
        },
      },
    ],
  },
});
