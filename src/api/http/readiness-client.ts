// Asks a daemon's /readyz over node:http. Loads nothing else: health checks start a process each time.
import { ExpectedError } from '../../domain/errors.ts';
import { unreachable } from '../status.ts';

export type ReadinessAnswer = {
  readonly ready: boolean;
  /** What `/readyz?verbose` says, a check a line. */
  readonly text: string;
};

export type ReadinessQuestion = {
  readonly daemon: string;
  /** `host:port` that can be called. */
  readonly address: string;
  readonly timeoutMs: number;
};

/** UNREACHABLE when nothing listens, TIMEOUT when it does not answer in time. */
export function askReadiness({ daemon, address, timeoutMs }: ReadinessQuestion): Promise<ReadinessAnswer> {
  const http = process.getBuiltinModule('node:http');
  return new Promise((resolve, reject) => {
    const request = http.get(`http://${address}/readyz?verbose`, { agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('error', fail);
      response.on('end', () => {
        clearTimeout(timer);
        resolve({ ready: response.statusCode === 200, text: text.trimEnd() });
      });
    });
    const timer = setTimeout(() => {
      reject(
        new ExpectedError('TIMEOUT', `${daemon} at ${address} did not answer within ${timeoutMs / 1000} s`, {
          hint: 'It is overloaded or hangs; its log may say why.',
        }),
      );
      request.destroy();
    }, timeoutMs);
    const fail = (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      const reason = error.code === 'ECONNREFUSED' ? 'connection refused' : error.message;
      reject(unreachable(daemon, address, reason, error));
    };
    request.on('error', fail);
  });
}
