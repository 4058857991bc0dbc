import { randomBytes } from "node:crypto";
import { defineSeed, type Seed, type SeedContext } from "@hypertroq/database/seeding";
import { User } from "../models/user.ts";
import type { PasswordHasher } from "../passwords.ts";
import { FIRST_NAMES, LAST_NAMES } from "./names.ts";

interface Person {
  readonly fullName: string | null;
  readonly email: string;
  readonly isActive?: boolean;
  readonly isSuperuser?: boolean;
}

const FIRST: readonly Person[] = [
  { fullName: "Mira Lindqvist", email: "mira.lindqvist@example.com", isSuperuser: true },
  { fullName: "Tomás Carvalho", email: "tomas.carvalho@example.com" },
  { fullName: "Aiko Tanabe", email: "aiko.tanabe@example.com" },
  { fullName: "Zeynep Aydın", email: "zeynep.aydin@example.com", isActive: false },
  { fullName: null, email: "newcomer@example.com" },
];

const YEAR = 365 * 86_400_000;

/** People to develop with. Nobody can log in as one of them: their password is random and thrown away. PATCH sets another. */
export function people(hasher: PasswordHasher): Seed {
  return defineSeed(User, {
    name: "people",
    kind: "development",
    on: ["email"],
    keep: ["hashedPassword"],
    count: FIRST.length,
    async rows(seed) {
      const hashedPassword = await hasher.hash(randomBytes(32).toString("base64url"));
      return rows(seed, hashedPassword);
    },
  });
}

function* rows({ count, random, now }: SeedContext, hashedPassword: string) {
  for (let n = 0; n < count; n++) {
    const { fullName, email, isActive = true, isSuperuser = false } = FIRST[n] ?? somebody(random, n);
    const joined = random.moment(new Date(now.getTime() - YEAR), now);
    const id = random.uuid();
    yield { id, fullName, email, isActive, isSuperuser, hashedPassword, createdAt: joined, updatedAt: joined };
  }
}

function somebody(random: SeedContext["random"], n: number): Person {
  const [first, last] = [random.pick(FIRST_NAMES), random.pick(LAST_NAMES)];
  return {
    fullName: random.chance(0.05) ? null : `${first} ${last}`,
    email: `${ADDRESSED.get(first)}.${ADDRESSED.get(last)}.${n}@example.com`,
    isActive: !random.chance(0.1),
  };
}

/** Letters that are no others with a mark. */
const LETTERS: Readonly<Record<string, string>> = { ı: "i", ø: "o", ł: "l" };

/** Names as they stand in an e-mail address. */
const ADDRESSED = new Map(
  [...FIRST_NAMES, ...LAST_NAMES].map((name) => {
    const plain = name
      .toLowerCase()
      .normalize("NFD")
      .replace(/\p{Mark}/gu, "");
    return [name, plain.replace(/[ıøł]/g, (letter) => LETTERS[letter]!)];
  }),
);
