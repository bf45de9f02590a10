// A signal that aborts with another one or by itself, until it is released. AbortSignal.any does that without a release, at the
// cost of the garbage collector: too much for what is made with every request.

export type ChildSignal = {
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
  /** From now on it no longer aborts with its parent. */
  release(): void;
};

export function createChildSignal(parent: AbortSignal | undefined): ChildSignal {
  const own = new AbortController();
  const onAbort = () => own.abort(parent!.reason);
  if (parent?.aborted) onAbort();
  else parent?.addEventListener('abort', onAbort, { once: true });
  return {
    signal: own.signal,
    abort: (reason) => own.abort(reason),
    release: () => parent?.removeEventListener('abort', onAbort),
  };
}
