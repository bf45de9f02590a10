// Runs a child with this terminal and lives exactly as long as it: signals are the child's to answer.
import { spawn } from 'node:child_process';

/** Resolves with the child's exit code (128 + n after a signal). */
export function runChild(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options });
    // On a terminal the child has got the Ctrl-C itself; from a supervisor only this process has got the signal.
    const onTerminal = process.stdin.isTTY;
    const forward = (signal) => {
      if (signal !== 'SIGINT' || !onTerminal) child.kill(signal);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forward);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(name, forward);
      resolve(signal ? 128 + ({ SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 0) : code);
    });
  });
}
