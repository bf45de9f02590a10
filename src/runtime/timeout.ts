// A promise with a timeout.

/**
 * The promise's outcome, or `late` once `ms` have passed. The promise itself goes on; a rejection after the limit
 * is ignored. The timer never outlives the call.
 */
export async function withTimeout<T, Late = undefined>(
  ms: number,
  promise: Promise<T>,
  late?: Late,
): Promise<T | Late> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<Late>((resolve) => {
    timer = setTimeout(() => resolve(late as Late), ms);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}
