import { defineConfig } from "prisma/config";

// The command wants the schema engine, which it would download, before it does anything; to generate a client it never
// runs it. Any program that is there will do.
process.env["PRISMA_SCHEMA_ENGINE_BINARY"] ??= process.execPath;

export default defineConfig({ schema: "schema.prisma" });
