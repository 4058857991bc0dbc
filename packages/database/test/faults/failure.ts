/** What some work fails with; `"no failure"` when it succeeds, which no assertion about an error takes for one. */
export async function failure(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
    return "no failure";
  } catch (error) {
    return error;
  }
}
