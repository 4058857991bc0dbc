import { type DatabaseManager, errors, getDb, repository } from "@hypertroq/database";
import { database } from "@hypertroq/database/fastify";
import Fastify, { type FastifyInstance } from "fastify";
import { Exercise } from "./models.ts";

const exercises = repository(Exercise);

const NEW_EXERCISE = {
  type: "object",
  required: ["name", "muscle"],
  additionalProperties: false,
  properties: {
    name: { type: "string", minLength: 1, maxLength: 100 },
    muscle: { type: "string", minLength: 1, maxLength: 50 },
  },
} as const;

/** Each request is one session: committed before the answer is sent, rolled back on an error. */
export async function createApp(manager: DatabaseManager): Promise<FastifyInstance> {
  const app = Fastify();
  await app.register(database, { manager });
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof errors.NotFound) return reply.status(404).send({ error: error.message });
    if (error instanceof errors.UniqueViolation) return reply.status(409).send({ error: "There is one of that name." });
    throw error;
  });

  app.get("/exercises", async () => exercises.find(getDb(), {}, { orderBy: ["name", "asc"] }));

  app.get<{ Params: { id: string } }>("/exercises/:id", async ({ params }) => exercises.getOrThrow(getDb(), params.id));

  app.post<{ Body: { name: string; muscle: string } }>(
    "/exercises",
    { schema: { body: NEW_EXERCISE } },
    async ({ body }, reply) => {
      reply.status(201);
      return await getDb().add(new Exercise(body));
    },
  );

  return app;
}
