import { formatUrl } from "../url.ts";
import { connect } from "./connect.ts";
import { connectOptions, type DatabaseOptions, poolOptions } from "./options.ts";
import { advisePool, type PoolAdvice } from "./pool/advisor.ts";
import { type ServerSurvey, surveyServer } from "./pool/survey.ts";

/** What a look at the server says about an application's connections to it. */
export interface Diagnosis extends ServerSurvey {
  /** Where it was looked, without the password. */
  readonly url: string;
  /** `application_name` of the application. */
  readonly applicationName: string;
  /** The pool's configuration. */
  readonly pool: { readonly size: number; readonly maxOverflow: number };
  readonly advice: PoolAdvice;
}

export interface DiagnoseOptions {
  /** Processes of the application, each with a pool of its own. Default 1. */
  readonly instances?: number | undefined;
  /** How long to watch. Default 2. */
  readonly seconds?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Looks at the server that the options name, on a connection of its own, and says whether the pool that they describe
 * fits. Changes nothing.
 *
 * @throws {SettingsError} {ConnectionFailed}, and the signal's reason when it is aborted.
 */
export async function diagnose(options: DatabaseOptions, how: DiagnoseOptions = {}): Promise<Diagnosis> {
  const { instances = 1, seconds = 2, signal } = how;
  const target = connectOptions(options);
  const { size, maxOverflow } = poolOptions(options);
  const applicationName = target.applicationName ?? "hypertroq";
  const limit = size === 0 || maxOverflow === -1 ? Number.POSITIVE_INFINITY : size + maxOverflow;
  const connection = await connect({ ...target, applicationName: "hypertroq doctor" }, signal);
  try {
    const survey = await surveyServer(connection, { applicationName, limit, instances, seconds, signal });
    return {
      url: formatUrl(target),
      applicationName,
      pool: { size, maxOverflow },
      ...survey,
      advice: advisePool(survey.observed, survey.limits),
    };
  } finally {
    await connection.close();
  }
}
