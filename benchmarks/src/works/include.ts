import assert from "node:assert/strict";
import { random } from "../database.ts";
import { camelCased, time, type Work } from "./work.ts";

const PROGRAMS = 10_000;
const LIMIT = 20;
const WORKOUTS = 5;
const SETS = 4;

const tables = (programs: number): string => `
  create table programs (
    id integer primary key,
    owner_id uuid not null references users,
    title text not null,
    created_at timestamptz not null);
  create table workouts (
    id integer primary key,
    program_id integer not null references programs,
    title text not null,
    scheduled_at timestamptz not null);
  create table sets (
    id integer primary key,
    workout_id integer not null references workouts,
    exercise text not null,
    repetitions integer not null,
    weight double precision not null);
  insert into programs
    select n, (select id from users where email = 'user' || n || '@example.com'), 'Program ' || n,
           timestamptz '2026-01-01Z' + n * interval '1 hour'
    from generate_series(1, ${programs}) n;
  insert into workouts
    select n, 1 + n % ${programs}, 'Workout ' || n, timestamptz '2026-02-01Z' + n * interval '1 minute'
    from generate_series(1, ${programs * WORKOUTS}) n;
  insert into sets
    select n, 1 + n % ${programs * WORKOUTS}, 'Exercise ' || n % 30, n % 12, n * 0.5
    from generate_series(1, ${programs * WORKOUTS * SETS}) n;
  create index on programs (owner_id);
  create index on workouts (program_id);
  create index on sets (workout_id)`;

export const include: Work<"include"> = {
  name: "include",
  title: `${LIMIT} programs, each with its owner, its ${WORKOUTS} workouts and ${SETS} sets in each of these`,
  tables: (scale) => tables(PROGRAMS * scale),
  input: (scale) => ({ after: random(0, PROGRAMS * scale - LIMIT) }),
  async check(once, database, scale) {
    const { after } = this.input(scale);
    const programs = (await once({ after })) as readonly Nested[];
    assert.deepEqual(
      programs.map(({ id }) => id),
      Array.from({ length: LIMIT }, (_, i) => after + 1 + i),
    );
    const rows = await database.rows<{ leaf: unknown[] }>(
      `select json_build_array(p.id, p.title, extract(epoch from p.created_at) * 1000, u.id, u.email, u.full_name,
                extract(epoch from u.updated_at) * 1000, w.id, w.title, extract(epoch from w.scheduled_at) * 1000,
                s.id, s.exercise, s.repetitions, s.weight) as leaf
       from programs p join users u on u.id = p.owner_id join workouts w on w.program_id = p.id join sets s on s.workout_id = w.id
       where p.id between $1 and $2`,
      [after + 1, after + LIMIT],
    );
    assert.equal(rows.length, LIMIT * WORKOUTS * SETS);
    assert.deepEqual(sorted(programs.flatMap(leaves)), sorted(rows.map(({ leaf }) => leaf)));
  },
};

interface Nested {
  readonly [property: string]: unknown;
  readonly owner: unknown;
  readonly workouts: readonly (Readonly<Record<string, unknown>> & { readonly sets: readonly unknown[] })[];
}

/** Each set of a program with all that it hangs on. */
function leaves(program: Nested): unknown[][] {
  const { id, title, createdAt } = camelCased(program);
  const owner = camelCased(program.owner);
  return program.workouts.flatMap((one) => {
    const workout = camelCased(one);
    return one.sets.map((set) => [
      ...[id, title, time(createdAt)],
      ...[owner["id"], owner["email"], owner["fullName"], time(owner["updatedAt"])],
      ...[workout["id"], workout["title"], time(workout["scheduledAt"])],
      ...["id", "exercise", "repetitions", "weight"].map((name) => camelCased(set)[name]),
    ]);
  });
}

function sorted(leaves: readonly unknown[][]): string[] {
  return leaves.map((leaf) => JSON.stringify(leaf)).toSorted();
}
