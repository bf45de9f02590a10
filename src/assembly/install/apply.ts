// Executes the steps of an installation, or shows them in a dry run; idempotent.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { ExpectedError, messageOf } from '../../domain/errors.ts';
import { replaceFile } from '../../runtime/replace-file.ts';
import { childEnvironment } from '../child-environment.ts';
import { readEnvironment } from '../environment.ts';
import { type Step, textAt } from './plan.ts';

export type Outcome =
  | 'created'
  | 'changed'
  | 'unchanged'
  /** Somebody else's text stands there, or one that was edited. */
  | 'left'
  | 'removed'
  | 'not there'
  | 'run';

export type Done = {
  readonly outcome: Outcome;
  /** A path, or a command. */
  readonly what: string;
  /** What a file now holds, where it was created or changed. */
  readonly text?: string | undefined;
};

export type ApplyOptions = {
  /** Nothing is changed; outcomes are what they would be. */
  readonly dryRun: boolean;
  /** Runs a command; throws where it fails. */
  readonly run?: (command: readonly string[]) => void;
};

/** Stops at the first failing step: finished steps are kept, and a second run continues from there. */
export function applySteps(steps: readonly Step[], options: ApplyOptions): readonly Done[] {
  const { dryRun, run = runCommand } = options;
  const touched = new Set<string>();
  return steps.flatMap((step): readonly Done[] => {
    if (step.kind === 'run') {
      if (step.after && !step.after.some((path) => touched.has(path))) return [];
      if (!dryRun) run(step.command);
      return [{ outcome: 'run', what: step.command.join(' ') }];
    }
    const outcome = outcomeOf(step);
    if (outcome !== 'unchanged' && outcome !== 'left' && outcome !== 'not there') {
      touched.add(step.path);
      if (!dryRun) explaining(step.path, () => change(step));
    }
    const isWritten =
      step.kind === 'file' && !step.isSecret && (outcome === 'created' || outcome === 'changed');
    return [{ outcome, what: step.path, ...(isWritten && { text: step.text }) }];
  });
}

type PathStep = Exclude<Step, { kind: 'run' }>;

function outcomeOf(step: PathStep): Outcome {
  if (step.kind === 'packaged') return 'unchanged';
  if (step.kind === 'directory' || step.kind === 'removed directory') {
    const found = statSync(step.path, { throwIfNoEntry: false });
    if (step.kind === 'removed directory') return found ? 'removed' : 'not there';
    if (!found) return 'created';
    return (found.mode & 0o777) === step.mode ? 'unchanged' : 'changed';
  }
  const found = textAt(step.path);
  if (step.kind === 'removed file') {
    if (found === undefined) return 'not there';
    return step.replaces(found) ? 'removed' : 'left';
  }
  if (found === undefined) return 'created';
  if (found === step.text || step.isExample) return 'unchanged';
  return step.replaces(found) ? 'changed' : 'left';
}

function change(step: PathStep): void {
  if (step.kind === 'removed file') rmSync(step.path);
  else if (step.kind === 'removed directory') rmSync(step.path, { recursive: true });
  else if (step.kind === 'directory') {
    mkdirSync(step.path, { recursive: true });
    chmodSync(step.path, step.mode);
  } else if (step.kind === 'file') {
    mkdirSync(dirname(step.path), { recursive: true });
    replaceFile(step.path, step.text, { mode: step.mode });
  }
}

function explaining(path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw new ExpectedError('DIR_NOT_WRITABLE', `cannot write ${path}: ${messageOf(error)}`, {
      hint: 'Run it as root (sudo), or with --user for your own systemd.',
      cause: error,
    });
  }
}

function runCommand([program, ...args]: readonly string[]): void {
  try {
    execFileSync(program!, args, {
      ...{ stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' },
      env: childEnvironment(readEnvironment()),
    });
  } catch (error) {
    const said = String((error as { stderr?: unknown }).stderr ?? '').trim();
    throw new ExpectedError(
      'UNAVAILABLE',
      `${[program, ...args].join(' ')} failed: ${said || messageOf(error)}`,
      {
        hint: 'Check `systemctl status` and `journalctl -e` of the unit, then run the command again: finished steps are kept.',
        cause: error,
      },
    );
  }
}
