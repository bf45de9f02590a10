// Counts and times the calls of a service, by method and outcome, without the service knowing.
import { ExpectedError } from '../domain/errors.ts';
import type { Metrics } from './metrics.ts';

/** The same service; each of its methods that answers with a promise is counted as `minimon_calls_total`. */
export function countCalls<Service extends object>(service: Service, metrics: Metrics): Service {
  const calls = metrics.counter('calls_total', 'Calls of the service by method and outcome', [
    'method',
    'outcome',
  ]);
  const seconds = metrics.histogram('call_seconds', 'How long calls of the service took, in seconds');
  const counted = Object.entries(service).map(([method, call]) => {
    const wrapped = (...args: unknown[]) => {
      const began = performance.now();
      const answer: unknown = (call as (...args: unknown[]) => unknown)(...args);
      // A stream lasts as long as its reader wants: only answers are counted.
      if (!(answer instanceof Promise)) return answer;
      const done = (outcome: string) => {
        calls.add(1, { method, outcome });
        seconds.observe((performance.now() - began) / 1000);
      };
      answer.then(
        () => done('ok'),
        (error: unknown) => done(error instanceof ExpectedError ? error.code : 'INTERNAL'),
      );
      return answer;
    };
    return [method, wrapped];
  });
  return Object.fromEntries(counted);
}
