import { describe, expect, it } from "vitest";
import { connectOptions, optionsFromSettings } from "../../src/connection/options.ts";
import { SettingsError } from "../../src/errors.ts";
import { BEYOND, lsnOf, positionOf, tokenIn } from "../../src/replicas/position.ts";
import { Trail } from "../../src/replicas/trail.ts";
import { DATABASE_SETTINGS, readSettings } from "../../src/settings.ts";

describe("a position", () => {
  it("is what a token says, and a token what a server answers", () => {
    const answer = { rows: [["0000000300000016000000B3", "16/B374D848"]], columns: [], rowCount: 1, command: "SELECT" };
    expect(tokenIn(answer)).toBe("3.16b374d848");
    expect(positionOf("3.16b374d848")).toEqual({ timeline: 3, lsn: lsnOf("16/B374D848") });
    expect(lsnOf("FFFFFFFF/0000000A")).toBe(0xffffffff_0000000an);
  });

  it("is out of reach without an answer, and for what is no token", () => {
    const beyond = { timeline: 0xffffffff, lsn: 0xffffffff_ffffffffn };
    expect(tokenIn(undefined)).toBe(BEYOND);
    for (const token of [BEYOND, "", "1", "g.1", "1.", ".1", "1.1 ", "1.1.1", "111111111.1"]) {
      expect(positionOf(token), token).toEqual(beyond);
    }
  });
});

describe("how far somebody is behind", () => {
  const at = (lsn: bigint, timeline = 1) => ({ timeline, lsn });

  it("is not known while the primary was never seen", () => {
    expect(new Trail(10).lagOf(5n, 0)).toBeUndefined();
  });

  it("is the age of the oldest place that it has not reached", () => {
    const trail = new Trail(10);
    for (const [lsn, now] of [
      [10n, 0],
      [20n, 1000],
      [30n, 2000],
    ] as const)
      trail.note(at(lsn), now);
    expect(trail.lagOf(30n, 2500)).toBe(0);
    expect(trail.lagOf(29n, 2500)).toBe(0.5);
    expect(trail.lagOf(10n, 2500)).toBe(1.5);
    expect(trail.lagOf(9n, 2500)).toBe(Number.POSITIVE_INFINITY);
  });

  it("does not grow while nothing is written, and counts from the write for who is before it", () => {
    const trail = new Trail(10);
    for (let now = 0; now <= 100_000; now += 1000) trail.note(at(10n), now);
    trail.note(at(20n), 101_000);
    expect(trail.lagOf(10n, 101_500)).toBe(0.5);
    for (let now = 102_000; now <= 120_000; now += 1000) trail.note(at(20n), now);
    expect(trail.lagOf(20n, 120_000)).toBe(0);
    expect(trail.lagOf(10n, 120_000)).toBeGreaterThan(10);
  });

  it("forgets where a primary was that had written more than the one after it", () => {
    const trail = new Trail(10);
    trail.note(at(100n), 0);
    trail.note(at(50n, 2), 1000);
    expect(trail.lagOf(60n, 1000)).toBe(0);
  });
});

describe("REPLICA_URLS", () => {
  const DATABASE_URL = "postgresql://u:secret@p/d";
  const read = (REPLICA_URLS: string) => readSettings(DATABASE_SETTINGS, { DATABASE_URL, REPLICA_URLS });

  it("is a list of URLs, and makes the primary the one that is meant by any", () => {
    const settings = read(" postgresql://u:a,b@h1:5433/d , postgres+asyncpg://h2/d,");
    const options = optionsFromSettings(settings);
    expect(options.replicas).toEqual(["postgresql://u:a,b@h1:5433/d", "postgres+asyncpg://h2/d"]);
    expect(connectOptions({ url: DATABASE_URL }).targetSessionAttrs).toBe("any");
    expect(connectOptions({ url: DATABASE_URL, replicas: ["postgresql://h/d"] }).targetSessionAttrs).toBe("primary");
    const url = `${DATABASE_URL}?target_session_attrs=read-write`;
    expect(connectOptions({ url, replicas: ["postgresql://h/d"] }).targetSessionAttrs).toBe("read-write");
  });

  it("is refused, without its passwords, where a URL is none or names several hosts", () => {
    for (const urls of ["nonsense:secret", `${DATABASE_URL},postgresql://u:secret@h1,h2/d`]) {
      expect(() => read(urls)).toThrow(SettingsError);
      expect(() => read(urls)).toThrow(/REPLICA_URLS (is not a database URL|has a URL with several hosts)/);
      expect(() => read(urls)).not.toThrow(/secret/);
      expect(() => connectOptions({ url: DATABASE_URL, replicas: urls.split(/,(?=p)/) })).toThrow(/replicas (is|has)/);
    }
    expect(() => connectOptions({ url: DATABASE_URL, replicas: "postgresql://h/d" as never })).toThrow(
      /must be an array/,
    );
  });
});
