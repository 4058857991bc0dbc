import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SettingsError } from "../../src/errors.ts";
import { parseUrl, redactUrl } from "../../src/url.ts";

const problems = (url: string): readonly string[] => {
  try {
    parseUrl(url, "DATABASE_URL");
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
};

describe("parseUrl", () => {
  it("reads the seed's own string, driver suffix and all", () => {
    expect(parseUrl("postgresql+asyncpg://postgres:postgres@localhost:5433/hypertoq")).toEqual({
      host: "localhost",
      port: 5433,
      user: "postgres",
      password: "postgres",
      database: "hypertoq",
      sslMode: undefined,
      sslRootCert: undefined,
      applicationName: undefined,
    });
  });

  it.each([
    ["postgres://h/d", { host: "h", port: 5432, user: "postgres", password: undefined, database: "d" }],
    ["postgresql://u@h", { user: "u", database: "u" }],
    ["postgresql://", { host: "localhost", user: "postgres", database: "postgres" }],
    ["postgresql://u:p%40ss%3A%2F@h/d%20b", { password: "p@ss:/", database: "d b" }],
    ["postgresql://u:a:b@h/d", { user: "u", password: "a:b" }],
    ["postgresql://u:@h/d", { password: "" }],
    ["postgresql://[::1]:6000/d", { host: "::1", port: 6000 }],
    ["postgresql:///d?host=/var/run/postgresql", { host: "/var/run/postgresql", database: "d" }],
    ["postgresql://%2Fvar%2Frun/d", { host: "/var/run" }],
    ["postgresql://h/d?sslmode=verify-full&sslrootcert=/ca.pem", { sslMode: "verify-full", sslRootCert: "/ca.pem" }],
    ["postgresql://h/d?application_name=my%20app", { applicationName: "my app" }],
    ["  postgresql://h/d\n", { host: "h" }],
  ])("reads %s", (url, parts) => {
    expect(parseUrl(url)).toMatchObject(parts);
  });

  it.each([
    ["mysql://u:p@h/d", ['DATABASE_URL has the scheme "mysql"; expected postgresql']],
    ["postgresql://u:p@h:0/d", ["DATABASE_URL has the port 0; expected 1 to 65535"]],
    ["postgresql://u:p@h:99999/d", ["DATABASE_URL has the port 99999; expected 1 to 65535"]],
    ["postgresql://u:p@h:five/d", ["DATABASE_URL has a port that is not a number; expected 1 to 65535"]],
    [
      "postgresql://u:p@h/d?sslmode=on",
      ["DATABASE_URL has an unknown sslmode, on; expected one of disable, prefer, require, verify-ca, verify-full"],
    ],
  ])("refuses %s", (url, expected) => {
    expect(problems(url)).toEqual(expected);
  });

  it("names every problem at once", () => {
    expect(problems("mysql://h:0/d?sslmode=on&nope=1")).toHaveLength(4);
  });

  it.each([
    "",
    "localhost:5432/db",
    "postgresql://u:p@ss@h/d",
    "postgresql://u:s3cret%zz@h/d",
    "mysql://u:s3cret@h:x/d",
  ])("refuses %j without its password", (url) => {
    expect(problems(url)).not.toEqual([]);
    expect(problems(url).join()).not.toMatch(/s3cret|p@ss/);
  });

  it("reads back what it is built from (property)", () => {
    const part = fc.string({ minLength: 1, unit: "grapheme" }).filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(part, part, part, fc.integer({ min: 1, max: 65_535 }), (user, password, database, port) => {
        const [u, p, d] = [user, password, database].map(encodeURIComponent);
        expect(parseUrl(`postgresql://${u}:${p}@h:${port}/${d}`)).toMatchObject({ user, password, database, port });
      }),
    );
  });
});

describe("redactUrl", () => {
  it("keeps all but the password", () => {
    expect(redactUrl("postgresql+asyncpg://ada:s3cret@db.example:5433/app")).toBe(
      "postgresql://ada:***@db.example:5433/app",
    );
    expect(redactUrl("postgresql://[::1]/app")).toBe("postgresql://postgres@[::1]:5432/app");
  });
  it("hides whole what it cannot read", () => {
    expect(redactUrl("not a url with s3cret")).toBe("(not a database URL)");
  });
});
