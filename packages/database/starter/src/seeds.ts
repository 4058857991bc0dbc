import { defineSeed } from "@hypertroq/database/seeding";
import { Exercise } from "./models.ts";

const exercises = defineSeed(Exercise, {
  kind: "reference",
  on: ["name"],
  rows: [
    { name: "Bench press", muscle: "chest" },
    { name: "Pull-up", muscle: "back" },
    { name: "Squat", muscle: "legs" },
  ],
});

export const seeds = [exercises];
