import { relations } from "drizzle-orm";
import { boolean, doublePrecision, integer, pgTable, text, timestamp, uuid, varchar } from "drizzle-orm/pg-core";

const timestamps = {
  createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
  updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
};

export const users = pgTable("users", {
  id: uuid("id").primaryKey(),
  email: varchar("email", { length: 255 }).notNull(),
  hashedPassword: varchar("hashed_password", { length: 255 }).notNull(),
  fullName: varchar("full_name", { length: 255 }),
  isActive: boolean("is_active").notNull().default(true),
  isSuperuser: boolean("is_superuser").notNull().default(false),
  ...timestamps,
});

export const accounts = pgTable("accounts", {
  id: integer("id").primaryKey(),
  owner: varchar("owner", { length: 255 }).notNull(),
  balance: integer("balance").notNull(),
});

export const entries = pgTable("entries", {
  id: uuid("id").primaryKey(),
  accountId: integer("account_id").notNull(),
  amount: integer("amount").notNull(),
  ...timestamps,
});

export const programs = pgTable("programs", {
  id: integer("id").primaryKey(),
  ownerId: uuid("owner_id").notNull(),
  title: text("title").notNull(),
  createdAt: timestamp("created_at", { withTimezone: true }).notNull(),
});

export const workouts = pgTable("workouts", {
  id: integer("id").primaryKey(),
  programId: integer("program_id").notNull(),
  title: text("title").notNull(),
  scheduledAt: timestamp("scheduled_at", { withTimezone: true }).notNull(),
});

export const sets = pgTable("sets", {
  id: integer("id").primaryKey(),
  workoutId: integer("workout_id").notNull(),
  exercise: text("exercise").notNull(),
  repetitions: integer("repetitions").notNull(),
  weight: doublePrecision("weight").notNull(),
});

export const samples = pgTable("samples", {
  id: uuid("id").primaryKey(),
  label: text("label").notNull(),
  amount: integer("amount").notNull(),
  score: doublePrecision("score").notNull(),
  takenAt: timestamp("taken_at", { withTimezone: true }).notNull(),
  isValid: boolean("is_valid").notNull(),
});

export const programRelations = relations(programs, ({ one, many }) => ({
  owner: one(users, { fields: [programs.ownerId], references: [users.id] }),
  workouts: many(workouts),
}));

export const workoutRelations = relations(workouts, ({ one, many }) => ({
  program: one(programs, { fields: [workouts.programId], references: [programs.id] }),
  sets: many(sets),
}));

export const setRelations = relations(sets, ({ one }) => ({
  workout: one(workouts, { fields: [sets.workoutId], references: [workouts.id] }),
}));
