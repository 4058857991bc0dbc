/**
 * Has everybody's turn of a round, one after another and alone. Who begins changes from round to round, so that neither a slow
 * spell of the machine nor a place in the row favours anyone.
 *
 * @throws when the signal is aborted, before the next turn.
 */
export async function inTurn<T>(
  all: readonly T[],
  round: number,
  signal: AbortSignal | undefined,
  turn: (one: T) => Promise<void>,
): Promise<void> {
  for (let place = 0; place < all.length; place++) {
    signal?.throwIfAborted();
    await turn(all[(place + round) % all.length]!);
  }
}
