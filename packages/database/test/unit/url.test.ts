import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SettingsError } from "../../src/errors.ts";
import { type Host, parseUrl, redactUrl } from "../../src/url.ts";

const problems = (url: string): readonly string[] => {
  try {
    parseUrl(url, "DATABASE_URL");
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
};

const at = (host: string, port = 5432): Host => ({ host, port });

describe("parseUrl", () => {
  it("reads the seed's own string, driver suffix and all", () => {
    expect(parseUrl("postgresql+asyncpg://postgres:postgres@localhost:5433/hypertoq")).toEqual({
      hosts: [{ host: "localhost", port: 5433 }],
      user: "postgres",
      password: "postgres",
      database: "hypertoq",
      targetSessionAttrs: "any",
      sslMode: undefined,
      sslRootCert: undefined,
      sslCert: undefined,
      sslKey: undefined,
      channelBinding: undefined,
      connectTimeout: undefined,
      applicationName: undefined,
    });
  });

  it.each([
    ["postgres://h/d", { hosts: [at("h")], user: "postgres", password: undefined, database: "d" }],
    ["postgresql://u@h", { user: "u", database: "u" }],
    ["postgresql://", { hosts: [at("localhost")], user: "postgres", database: "postgres" }],
    ["postgresql://u:p%40ss%3A%2F@h/d%20b", { password: "p@ss:/", database: "d b" }],
    ["postgresql://u:a:b@h/d", { user: "u", password: "a:b" }],
    ["postgresql://u:@h/d", { password: "" }],
    ["postgresql://[::1]:6000/d", { hosts: [at("::1", 6000)] }],
    ["postgresql:///d?host=/var/run/postgresql", { hosts: [at("/var/run/postgresql")], database: "d" }],
    ["postgresql://%2Fvar%2Frun/d", { hosts: [at("/var/run")] }],
    ["postgresql://h/d?sslmode=verify-full&sslrootcert=/ca.pem", { sslMode: "verify-full", sslRootCert: "/ca.pem" }],
    ["postgresql://h/d?sslcert=c.pem&sslkey=k.pem", { sslCert: "c.pem", sslKey: "k.pem" }],
    ["postgresql://h/d?channel_binding=require", { channelBinding: "require" }],
    ["postgresql://h/d?connect_timeout=3", { connectTimeout: 3 }],
    ["postgresql://h/d?application_name=my%20app", { applicationName: "my app" }],
    ["postgresql://h/d?user=u&password=p%26q&dbname=e", { user: "u", password: "p&q", database: "e" }],
    ["  postgresql://h/d\n", { hosts: [at("h")] }],
  ])("reads %s", (url, parts) => {
    expect(parseUrl(url)).toMatchObject(parts);
  });

  it.each([
    ["h1:5433,h2,[::1]:5434/d", [at("h1", 5433), at("h2"), at("::1", 5434)]],
    [",h2:1/d", [at("localhost"), at("h2", 1)]],
    [":5433/d?host=a,b", [at("a", 5433), at("b", 5433)]],
    ["h:1/d?host=a,b&port=1,2", [at("a", 1), at("b", 2)]],
    ["h/d?host=a,,b&port=,2,", [at("a"), at("localhost", 2), at("b")]],
    ["h1,h2/d?port=7", [at("h1", 7), at("h2", 7)]],
    ["%2Fone,%2Ftwo:6000/d", [at("/one"), at("/two", 6000)]],
    ["[fe80::1%25eth0],h/d", [at("fe80::1%eth0"), at("h")]],
  ])("reads the hosts of %s", (rest, hosts) => {
    expect(parseUrl(`postgresql+asyncpg://u:p@${rest}`)).toMatchObject({ hosts, user: "u", database: "d" });
  });

  it.each(["any", "read-write", "read-only", "primary", "standby", "prefer-standby"])("reads target %s", (target) => {
    expect(parseUrl(`postgresql://a,b/d?target_session_attrs=${target}`).targetSessionAttrs).toBe(target);
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
    [
      "postgresql://u:p@h/d?sslmode=allow",
      [
        "DATABASE_URL has an unknown sslmode, allow; allow would send everything in plain text whenever the server lets " +
          "it: take prefer; expected one of disable, prefer, require, verify-ca, verify-full",
      ],
    ],
    [
      "postgresql://u:p@h/d?options=-csearch_path%3Dx",
      [
        "DATABASE_URL has the parameter options: connection poolers refuse it; set server parameters with " +
          "ALTER ROLE … SET, or with set_config() in the session",
      ],
    ],
    [
      "postgresql://h/d?target_session_attrs=master",
      [
        "DATABASE_URL has an unknown target_session_attrs, master; expected one of any, read-write, read-only, primary, " +
          "standby, prefer-standby",
      ],
    ],
    [
      "postgresql://a,b,c/d?port=1,2",
      ["DATABASE_URL has 3 hosts and 2 ports; expected one port for all, or one for each"],
    ],
    ["postgresql://::1/d", ["DATABASE_URL has a host with a colon in it; write an IPv6 address in brackets, [::1]"]],
    ["postgresql://h/d?sslcert=c.pem", ["DATABASE_URL has one of sslcert and sslkey; a client certificate needs both"]],
    [
      "postgresql://h/d?connect_timeout=0",
      ["DATABASE_URL has a connect_timeout that is not a number of seconds; expected 1 to 2147483"],
    ],
  ])("refuses %s", (url, expected) => {
    expect(problems(url)).toEqual(expected);
  });

  it.each([
    ["user", "u%00work_mem%0012MB:p@h/d"],
    ["password", "u:s3cret%00@h/d"],
    ["host", "u:p@h%00/d"],
    ["database", "u:p@h/d%00x"],
    ["user", "h/d?user=a%00b"],
    ["password", "h/d?password=s3cret%00"],
    ["host", "/d?host=%2Frun%00"],
    ["dbname", "h/d?dbname=%00"],
    ["sslrootcert", "h/d?sslrootcert=ca.pem%00"],
    ["application_name", "h/d?application_name=app%00work_mem%0012MB"],
    ["application_name", "h/d?application_name=app\0work_mem"],
  ])("refuses the character that ends a text in the protocol, in its %s: %j", (part, rest) => {
    const found = problems(`postgresql://${rest}`);
    expect(found).toContain(
      `DATABASE_URL has the character U+0000 in its ${part}, which no text of PostgreSQL can have`,
    );
    expect(found.join()).not.toMatch(/s3cret|work_mem/);
  });

  it.each([
    ["sslmode=require&sslmode=disable", "sslmode"],
    ["password=s3cret&dbname=x&password=s3cret", "password"],
    ["host=a&host=a", "host"],
  ])("refuses a parameter that is given twice: %s", (query, name) => {
    expect(problems(`postgresql://h/d?${query}`)).toEqual([`DATABASE_URL has the parameter ${name} more than once`]);
  });

  it("takes no notice of an ampersand without a parameter", () => {
    expect(parseUrl("postgresql://h/d?sslmode=require&&user=u&")).toMatchObject({ sslMode: "require", user: "u" });
    expect(parseUrl("postgresql://h/d?")).toMatchObject({ database: "d" });
    expect(problems("postgresql://h/d?=x")).toHaveLength(1);
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
    "postgresql://u:s3cret/x@h1,h2/d",
    "postgresql://u:s3cret,x/d",
    "postgresql://u:p@h1,h2/d?password=s3cret&sslmode=s3cret-&nope=s3cret",
    "postgresql://h/d?channel_binding=p@ss",
    "postgresql://h/d?sslpassword=s3cret",
  ])("refuses %j without its password", (url) => {
    expect(problems(url)).not.toEqual([]);
    expect(problems(url).join()).not.toMatch(/s3cret|p@ss/);
  });

  it("reads back what it is built from (property)", () => {
    const part = fc.string({ minLength: 1, unit: "grapheme" }).filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(part, part, part, fc.integer({ min: 1, max: 65_535 }), (user, password, database, port) => {
        const [u, p, d] = [user, password, database].map(encodeURIComponent);
        const hosts = [at("h", port), at("::1", port)];
        const url = `postgresql://${u}:${p}@h:${port},[::1]:${port}/${d}`;
        expect(parseUrl(url)).toMatchObject({ user, password, database, hosts });
      }),
    );
  });
});

describe("redactUrl", () => {
  it("keeps all but the password", () => {
    expect(redactUrl("postgresql+asyncpg://ada:s3cret@db.example:5433/app")).toBe(
      "postgresql://ada:***@db.example:5433/app",
    );
    expect(redactUrl("postgresql://u:s3cret@a,%2Frun,[::1]:1/app?password=s3cret")).toBe(
      "postgresql://u:***@a:5432,%2Frun:5432,[::1]:1/app",
    );
    expect(redactUrl("postgresql://[::1]/app")).toBe("postgresql://postgres@[::1]:5432/app");
  });
  it("hides whole what it cannot read", () => {
    expect(redactUrl("not a url with s3cret")).toBe("(not a database URL)");
  });
});
