// Readiness of a daemon: each part returns why it is unhealthy, or undefined.

export type HealthCheck = { readonly name: string; readonly unhealthy: () => string | undefined };
export type HealthReport = {
  readonly ready: boolean;
  readonly checks: readonly { readonly name: string; readonly reason: string | undefined }[];
  readonly notes: readonly string[];
};

export type Health = {
  check(name: string, unhealthy: () => string | undefined): void;
  /** Something a reader of readyz?verbose should know that does not make the daemon unready; '' is nothing. */
  note(text: () => string | undefined): void;
  /** From now on not ready: the daemon shuts down. */
  drain(): void;
  report(): HealthReport;
};

export function createHealth(): Health {
  const checks: HealthCheck[] = [];
  const notes: (() => string | undefined)[] = [];
  let draining = false;
  return {
    check: (name, unhealthy) => void checks.push({ name, unhealthy }),
    note: (text) => void notes.push(text),
    drain: () => {
      draining = true;
    },
    report() {
      const results = checks.map(({ name, unhealthy }) => ({ name, reason: unhealthy() }));
      if (draining) results.push({ name: 'shutdown', reason: 'the daemon is shutting down' });
      return {
        ready: results.every((result) => result.reason === undefined),
        checks: results,
        notes: notes.flatMap((note) => note() || []),
      };
    },
  };
}
