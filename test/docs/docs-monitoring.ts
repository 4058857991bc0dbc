export declare const headers: Readonly<Record<string, string>>;
export declare const secret: string;
export declare const body: string;
