// Errors in Prometheus' shape: its kinds and statuses for ours.
import type { FastifyInstance } from 'fastify';
import type { ErrorCode } from '../../domain/errors.ts';
import { EvaluationError } from '../../domain/promql/syntax.ts';
import type { WireError } from '../status.ts';

const EXECUTION_STATUS = 422;

/** What the framework makes of an error becomes `{"status":"error","errorType","error"}`. */
export function answerFailures(app: FastifyInstance): void {
  const evaluation = new WeakSet<object>();
  app.addHook('onError', async (request, _reply, error) => {
    if ((error as unknown) instanceof EvaluationError) evaluation.add(request);
  });
  app.addHook('preSerialization', async (request, reply, payload) => {
    if (reply.statusCode < 400) return payload;
    const { code, message, hint } = (payload as { error: WireError }).error;
    const isExecution = evaluation.has(request);
    if (isExecution) reply.status(EXECUTION_STATUS);
    // Prometheus says it with 503, which its clients try again.
    if (code === 'TIMEOUT') reply.status(503);
    const error = hint === undefined ? message : `${message}. ${hint}`;
    return { status: 'error', errorType: isExecution ? 'execution' : typeOf(code), error };
  });
}

function typeOf(code: ErrorCode): string {
  if (code === 'TIMEOUT') return 'timeout';
  if (code === 'UNAVAILABLE' || code === 'UNREACHABLE') return 'unavailable';
  if (code === 'INTERNAL') return 'internal';
  return code === 'NOT_FOUND' || code === 'UNIMPLEMENTED' ? 'not_found' : 'bad_data';
}
