import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { connectOptions, DatabaseManager, type DatabaseOptions } from "../../src/index.ts";
import { checkUp, Monitor } from "../../src/monitoring/index.ts";
import { outdated, securityRules, tlsFindings } from "../../src/monitoring/security.ts";

let database: TestDatabase;
let role: string;

beforeAll(async () => {
  database = await createTestDatabase();
  role = `plain_${database.name}`;
  await database.query(`create role ${role} login password 'changeme'`);
});
afterAll(async () => {
  await database.drop();
  await using other = await createTestDatabase();
  await other.query(`drop role ${role}`);
});

function asRole(): string {
  const url = new URL(database.url);
  url.username = role;
  url.password = "changeme";
  return url.href;
}

/** What is told, by id: `superuser critical`. */
async function told(options: Partial<DatabaseOptions> = {}, isProduction = true) {
  const { alerts, unknown } = await checkUp({ url: database.url, ...options }, { isProduction });
  expect(unknown).toEqual([]);
  return alerts.map(({ id, severity }) => `${id} ${severity}`);
}

const PROTECTION = /^(tls|default-password|superuser|public-create|outdated|timeouts) /;
const protection = async (...args: Parameters<typeof told>) =>
  (await told(...args)).filter((line) => PROTECTION.test(line)).sort();

it("a check-up tells the worst of a rule's findings first", async () => {
  const findings = [1, 3, 2].map((value) => ({ subject: `thing ${value}`, value, detail: "It is so." }));
  const rule = {
    id: "things",
    title: "Things are wrong",
    meaning: "They are.",
    remedy: "Mend them.",
    unit: "count" as const,
    warning: 1,
    measure: async () => findings,
  };
  const { alerts } = await checkUp({ url: database.url }, { rules: [rule] });
  expect(alerts.find(({ id }) => id === "things")!.findings.map(({ value }) => value)).toEqual([3, 2, 1]);
});

describe("a check-up in production", () => {
  it("tells of a superuser and of timeouts that are missing", async () => {
    expect(await protection()).toEqual(["superuser critical", "timeouts warning"]);
  });

  it("tells of a password that can be guessed, and not which one it is", async () => {
    expect(await protection({ url: asRole() })).toEqual(["default-password critical", "timeouts warning"]);
    const { alerts } = await checkUp({ url: asRole() }, { isProduction: true });
    expect(JSON.stringify(alerts)).not.toContain("changeme");
  });

  it("is content with timeouts, wherever they are set", async () => {
    await database.query(
      `alter role ${role} in database ${database.name} set idle_in_transaction_session_timeout = '60s'`,
    );
    expect(await protection({ url: asRole(), statementTimeout: 30, lockTimeout: 5 })).toEqual([
      "default-password critical",
    ]);
    expect(await protection({ url: asRole(), statementTimeout: 30 })).toContain("timeouts warning");
  });

  it("tells of a schema in which everybody may create", async () => {
    await database.query("grant create on schema public to public");
    expect(await protection()).toContain("public-create warning");
    await database.query("revoke create on schema public from public");
    expect(await protection()).not.toContain("public-create warning");
  });
});

it("a user who may not see what others do still sees that they are there", async () => {
  const other = new DatabaseManager({ url: database.url });
  await other.pool.warmUp(1);
  const monitor = new Monitor(new DatabaseManager({ url: asRole() }), { alertInterval: 0 });
  await database.disconnect();
  const sessions = (await monitor.activity()).filter((session) => session.database === database.name);
  await monitor.stop();
  await other.close();
  expect(sessions).toMatchObject([{ user: "postgres", application: "hypertroq", state: null }]);
});

it("on a machine that is not production's, a server beside the application may be as it likes", async () => {
  expect(await protection({}, false)).toEqual([]);
  expect(await protection({ url: asRole() }, false)).toEqual([]);
});

describe("TLS to another machine", () => {
  const rule = (url: string, isProduction: boolean) =>
    securityRules(connectOptions({ url }), isProduction).find(({ id }) => id === "tls")!;

  it("is critical in production when it is missing, a warning when nobody looks who answers", () => {
    const { warning, critical } = rule("postgresql://app:x@db.example/app", true);
    expect({ warning, critical }).toEqual({ warning: 1, critical: 2 });
    expect(rule("postgresql://app:x@db.example/app", false)).not.toHaveProperty("critical");
    expect(tlsFindings(false, "prefer").map(({ value }) => value)).toEqual([2]);
    expect(tlsFindings(true, "require").map(({ value }) => value)).toEqual([1]);
    expect(tlsFindings(true, "verify-full")).toEqual([]);
  });
});

it.each([
  [160_014, "2026-11-26", []],
  [160_099, "2026-11-26", []],
  [180_004, "2026-11-26", []],
  [180_003, "2026-11-26", [[1, "It is 18.3, and 18.4 is there."]]],
  [170_009, "2026-11-26", [[1, "It is 17.9, and 17.10 is there."]]],
  [150_017, "2026-11-26", [[1, "It is 15.17, and 15.18 is there."]]],
  [
    140_022,
    "2026-11-26",
    [
      [2, "Version 14 gets no fixes any more; the last were of 2026-11-12."],
      [1, "It is 14.22, and 14.23 is there."],
    ],
  ],
  [160_013, "2026-11-26", [[1, "It is 16.13, and 16.14 is there."]]],
  [160_014, "2029-01-01", [[2, "Version 16 gets no fixes any more; the last were of 2028-11-09."]]],
  [120_001, "2026-11-26", [[2, "Version 12 gets no fixes any more."]]],
  [990_000, "2099-01-01", []],
])("a server of version %i is seen on %s as %j", (number, day, findings) => {
  expect(outdated(number, new Date(day))).toEqual(findings);
});
