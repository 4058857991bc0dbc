export declare const key: string;
export declare function prepare(url: string): Promise<void>;
export declare function listOrders(): Promise<void>;
