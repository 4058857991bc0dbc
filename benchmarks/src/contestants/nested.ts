/** Rows as drivers return them, and what they become for those who put them together by hand. */
export interface Program {
  readonly id: number;
  readonly owner_id: string;
  readonly title: string;
  readonly created_at: Date;
}

export interface User {
  readonly id: string;
  readonly email: string;
  readonly hashed_password: string;
  readonly full_name: string | null;
  readonly is_active: boolean;
  readonly is_superuser: boolean;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export interface Workout {
  readonly id: number;
  readonly program_id: number;
  readonly title: string;
  readonly scheduled_at: Date;
}

export interface WorkoutSet {
  readonly id: number;
  readonly workout_id: number;
  readonly exercise: string;
  readonly repetitions: number;
  readonly weight: number;
}

/** Programs with their owners and workouts, these with their sets. */
export function nested(
  programs: readonly Program[],
  owners: readonly User[],
  workouts: readonly Workout[],
  sets: readonly WorkoutSet[],
): unknown {
  const ownerById = new Map(owners.map((owner) => [owner.id, owner]));
  const results = new Map(
    programs.map((program) => [
      program.id,
      { ...program, owner: ownerById.get(program.owner_id)!, workouts: [] as object[] },
    ]),
  );
  const setsOf = new Map(workouts.map(({ id }) => [id, [] as WorkoutSet[]]));
  for (const set of sets) setsOf.get(set.workout_id)!.push(set);
  for (const workout of workouts) {
    results.get(workout.program_id)!.workouts.push({ ...workout, sets: setsOf.get(workout.id)! });
  }
  return [...results.values()];
}
