import type { Operations } from "@hypertroq/database/migrations";

export declare const op: Operations;
export declare const live: string;
export declare const wanted: string;
export declare const server: string;
