import { type DatabaseManager, getDb, select } from "@hypertroq/database";
import { database } from "@hypertroq/database/fastify";
import Fastify, { type FastifyInstance } from "fastify";
import { Product } from "./products.ts";

/** An API whose every request is one session: committed before the response is sent, rolled back on an error. */
export async function routes(manager: DatabaseManager): Promise<FastifyInstance> {
  const app = Fastify();
  await app.register(database, { manager });
  app.get("/products", async () => {
    const products = await getDb().all(select(Product).orderBy(Product.c.name.asc()));
    return products.map((product) => product.toDict());
  });
  app.post<{ Body: { name: string; price: number } }>("/products", async (request, reply) => {
    reply.status(201);
    return await getDb().add(new Product(request.body));
  });
  return app;
}
