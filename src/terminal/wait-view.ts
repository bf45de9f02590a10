// Messages of `minimon wait` while it waits and after its timeout.
import type { Waited } from '../assembly/wait-conditions.ts';
import { safeText } from '../domain/safe-text.ts';

const SHOWN = 3;

/** "cpu.usage < 50 does not hold on 1 of 3 hosts: web-18 cpu.usage 77.0 %" */
export function waitedText({ condition, waitingFor, note, of }: Waited): string {
  const shown = waitingFor.slice(0, SHOWN).join('; ');
  const more = waitingFor.length > SHOWN ? ` and ${waitingFor.length - SHOWN} more` : '';
  const where = of === 0 ? condition : `${condition} does not hold on ${waitingFor.length} of ${of}`;
  return `${safeText(where)}${shown === '' ? '' : `: ${shown}${more}`}${note === undefined ? '' : ` (${safeText(note)})`}`;
}
