import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { parseUrl } from "../packages/database/src/url.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (name: string): string => readFileSync(`${root}/${name}`, "utf8");

it("lets nobody commit .env files or the embedded server's data", () => {
  const paths = [
    ".env",
    ".env.local",
    "apps/backend/.env",
    "apps/backend/.env.development.local",
    ".env.production",
    "apps/backend/.hypertroq/data/PG_VERSION",
    "a/dist/b.js",
  ];
  const ignored = execFileSync("git", ["check-ignore", "--no-index", ...paths], { cwd: root, encoding: "utf8" });
  expect(ignored.trim().split("\n")).toEqual(paths);
  const tracked = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" }).split("\n");
  expect(tracked.filter((file) => /(^|\/)\.env(\.|$)/.test(file))).toEqual([".env.example"]);
});

it("has no secret in the example .env: a password that docker-compose.yml shows, and nothing else that is set", () => {
  const set = read(".env.example")
    .split("\n")
    .filter((line) => /^[A-Z]/.test(line));
  expect(set).toEqual(['DATABASE_URL="postgresql+asyncpg://postgres:postgres@localhost:5433/hypertoq"']);
  const named = [...read(".env.example").matchAll(/^#([A-Z_]*(?:PASSWORD|KEY|SECRET|TOKEN|URL)[A-Z_]*)=(.*)$/gm)];
  expect(named.filter(([, , value]) => value !== "").map(([, name]) => name)).toEqual([]);
});

it("has an example .env that reaches the server of docker-compose.yml", () => {
  const url = /^DATABASE_URL="(.*)"$/m.exec(read(".env.example"))![1]!;
  const compose = read("docker-compose.yml");
  const { user, password, hosts, database } = parseUrl(url);
  expect(compose).toMatch(/image: postgres:16-alpine/);
  expect(compose).toMatch(/container_name: hypertoq-postgres/);
  expect(compose).toContain(`:${hosts[0]!.port}:5432"`);
  expect(compose).toContain(`POSTGRES_USER: ${user}`);
  expect(compose).toContain(`POSTGRES_PASSWORD: ${password}`);
  expect(compose).toContain(`POSTGRES_DB: ${database}`);
});

it("installs from whatever registry npm is set to: the lock files name none", () => {
  for (const folder of ["", "benchmarks/peers/", "benchmarks/peers-next/", "site/"]) {
    const file = `${folder}package-lock.json`;
    const lock = JSON.parse(read(file)) as { packages: Record<string, { resolved?: string }> };
    const resolved = Object.values(lock.packages).flatMap((entry) => entry.resolved ?? []);
    expect(resolved.filter((place) => place.includes("://"))).toEqual([]);
  }
});
