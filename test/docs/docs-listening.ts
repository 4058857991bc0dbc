import type { Order } from "./all.ts";

export declare const order: Order;
export declare function readAllOrders(): Promise<void>;
export declare function readOrder(id: string): Promise<void>;
