import { STATUS_CODES } from "node:http";

/** One thing that is wrong with a request, and where: a JSON Pointer into the body, or a parameter's name. */
export type InputError =
  | { readonly pointer: string; readonly detail: string }
  | { readonly parameter: string; readonly detail: string };

interface ProblemOptions extends ErrorOptions {
  /** Names the kind of problem for programs: `urn:hypertroq:problem:KIND`. Default: the status says it all. */
  readonly kind?: string;
  readonly errors?: readonly InputError[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Members beyond those of RFC 9457. */
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** An answer other than success, as problem details (RFC 9457). Thrown by handlers; its text is meant for the client. */
export class Problem extends Error {
  readonly statusCode: number;
  readonly kind: string | undefined;
  readonly errors: readonly InputError[];
  readonly headers: Readonly<Record<string, string>>;
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor(statusCode: number, detail: string, options: ProblemOptions = {}) {
    super(detail, options);
    this.name = "Problem";
    this.statusCode = statusCode;
    this.kind = options.kind;
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? {};
    this.extensions = options.extensions ?? {};
  }

  /**
   * The body to send.
   *
   * @param instance path of the request. @param requestId finds the request in the log.
   */
  toBody(instance: string, requestId: string): object {
    return {
      type: this.kind === undefined ? "about:blank" : `urn:hypertroq:problem:${this.kind}`,
      title: STATUS_CODES[this.statusCode] ?? "Error",
      status: this.statusCode,
      detail: this.message,
      instance,
      request_id: requestId,
      ...(this.errors.length > 0 && { errors: this.errors }),
      ...this.extensions,
    };
  }
}

export const PROBLEM_TYPE = "application/problem+json";
