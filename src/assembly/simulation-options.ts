// The simulation that flags ask for, checked.
import { type SimulateOptions, simulateOptions } from '../daemons/simulate/options.ts';
import { ExpectedError } from '../domain/errors.ts';

/** USAGE names the flag. */
export function simulationOptions(options: Readonly<Record<string, unknown>>): SimulateOptions {
  const parsed = simulateOptions.safeParse(options);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ExpectedError('USAGE', `--${issue!.path.join('.')}: ${issue!.message}`);
}
