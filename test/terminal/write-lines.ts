// Run by writer.test.ts: writes so many lines to stdout, or lines for ever, as a command does.
import { errorText, exitCodeOf } from '../../src/terminal/errors.ts';
import { createWriter } from '../../src/terminal/writer.ts';

const writer = createWriter(process.stdout);
try {
  if (process.argv[2] === 'forever') {
    for (let i = 0; await writer.write(`line ${i}\n`); i++);
  } else {
    await writer.write(
      Array.from({ length: Number(process.argv[2]) }, (_, i) => `line ${i} 机房\n`).join(''),
    );
  }
} catch (error) {
  process.stderr.write(errorText(error, { color: false }));
  process.exitCode = exitCodeOf(error);
}
