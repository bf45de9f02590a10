// What every daemon answers beside its own work: alive, ready (and why not), and its numbers.
import type { Health } from '../../runtime/health.ts';
import type { Metrics } from '../../runtime/metrics.ts';

export type ProbeAnswer = { readonly status: number; readonly type: string; readonly body: string };
export type ProbeParts = { readonly daemon: string; readonly health: Health; readonly metrics: Metrics };

const TEXT = 'text/plain; charset=utf-8';
const METRICS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';

/** `/livez`: the process answers. `/readyz`: it can work now, else 503. Undefined for any other path. */
export async function answerProbe(
  parts: ProbeParts,
  path: string,
  query: URLSearchParams,
): Promise<ProbeAnswer | undefined> {
  switch (path) {
    case '/livez':
      return { status: 200, type: TEXT, body: 'ok\n' };
    case '/readyz':
      return readiness(parts, query.has('verbose'));
    case '/metrics':
      return { status: 200, type: METRICS_TEXT, body: await parts.metrics.text() };
    default:
      return undefined;
  }
}

function readiness({ daemon, health }: ProbeParts, verbose: boolean): ProbeAnswer {
  const { ready, checks, notes } = health.report();
  const status = ready ? 200 : 503;
  const last = ready ? `${daemon} is ready` : `${daemon} is not ready`;
  const lines = checks.map(({ name, reason }) =>
    reason === undefined ? `[+] ${name} ok` : `[-] ${name}: ${reason}`,
  );
  const shown = verbose
    ? [...lines, ...notes.map((note) => `[i] ${note}`)]
    : lines.filter((line) => line.startsWith('[-]'));
  const body = verbose || !ready ? [...shown, last].join('\n') : 'ok';
  return { status, type: TEXT, body: `${body}\n` };
}
