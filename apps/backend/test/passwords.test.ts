import { hash, verify } from "@node-rs/bcrypt";
import { expect, it, vi } from "vitest";
import { PasswordHasher } from "../src/passwords.ts";

vi.mock("@node-rs/bcrypt", { spy: true });

it("hashes a few at a time, all in the end, and goes on after one that fails", async () => {
  let running = 0;
  let most = 0;
  const { hash: real } = await vi.importActual<typeof import("@node-rs/bcrypt")>("@node-rs/bcrypt");
  vi.mocked(hash).mockImplementation(async (password, options) => {
    most = Math.max(most, ++running);
    try {
      return await real(password, options);
    } finally {
      running -= 1;
    }
  });
  const hasher = new PasswordHasher({ cost: 4, limit: 2 });
  const passwords = Array.from({ length: 9 }, (_, i) => (i === 4 ? "x".repeat(73) : `password ${i}`));
  const results = await Promise.allSettled(passwords.map((password) => hasher.hash(password)));
  expect(most).toBe(2);
  expect(results.map(({ status }) => status)).toEqual(passwords.map((_, i) => (i === 4 ? "rejected" : "fulfilled")));
  for (const [i, result] of results.entries()) {
    if (result.status === "fulfilled") expect(await verify(passwords[i]!, result.value)).toBe(true);
  }
});

it("costs 12 unless told", async () => {
  expect(await new PasswordHasher().hash("password")).toMatch(/^\$2b\$12\$/);
});
