// minimon wait: waits until a condition holds on hosts, or an alert fires or is resolved.
import { Flags } from '@oclif/core';
import { alertLook, hostsLook, type Waited } from '../assembly/wait-conditions.ts';
import { listed } from '../domain/counting.ts';
import { formatDuration, parseDuration, parseLasting, roughDuration } from '../domain/duration.ts';
import { ExpectedError, isAway } from '../domain/errors.ts';
import { unknownMetric } from '../domain/expression/check.ts';
import { safeText } from '../domain/safe-text.ts';
import { systemClock } from '../runtime/clock.ts';
import { BaseCommand, clientFlags } from '../terminal/base-command.ts';
import { untilInterrupted } from '../terminal/errors.ts';

const POLL_MS = 1_000;
const SHOWN = 3;
const { timeout: _requestTimeout, ...serverFlags } = clientFlags;

export default class Wait extends BaseCommand {
  static override description =
    'Wait until a condition holds on all named hosts (or with --any on one), or until an alert fires or is resolved';
  static override examples = [
    "<%= config.bin %> wait --until 'cpu.usage < 50 for 3m' --host web-17 --timeout 30m",
    "<%= config.bin %> wait --until 'disk.usage < 80' --location 725",
    '<%= config.bin %> wait --resolved disk-full --host web-17',
  ];
  static override flags = {
    until: Flags.string({ description: 'Condition, in quotes', helpValue: 'EXPRESSION' }),
    firing: Flags.string({ description: 'Until an alert of this rule fires', helpValue: 'RULE' }),
    resolved: Flags.string({ description: 'Until no alert of this rule fires', helpValue: 'RULE' }),
    host: Flags.string({
      char: 'H',
      multiple: true,
      description: 'A host id or glob; repeatable',
      helpValue: 'HOST',
    }),
    location: Flags.string({
      char: 'l',
      description: 'All hosts of this location',
      helpValue: 'LOCATION',
      exclusive: ['host'],
    }),
    any: Flags.boolean({ description: 'Stop when it holds on one host' }),
    timeout: Flags.string({ description: 'Give up after this long', helpValue: 'DURATION', default: '10m' }),
    ...serverFlags,
  };

  private sayDoubt(until: string | undefined): void {
    const doubt = until === undefined ? undefined : unknownMetric(until);
    if (doubt !== undefined)
      this.sayWarnings([`${doubt.message}: no host reports it. ${doubt.hint ?? ''}`.trim()]);
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Wait);
    const wanted = [flags.until, flags.firing, flags.resolved].filter((one) => one !== undefined);
    if (wanted.length !== 1) throw new ExpectedError('USAGE', 'name one of --until, --firing and --resolved');
    if (flags.until !== undefined && !flags.host && flags.location === undefined)
      throw new ExpectedError('USAGE', 'name the hosts with --host or --location');
    const timeoutMs = parseLasting(flags.timeout, '--timeout');
    const { until } = flags;
    const settings = await this.settings({ ...flags, timeout: undefined });
    const manage = await this.context.openManage(settings);
    let look: () => Promise<Waited>;
    if (until === undefined) {
      const warn = await this.context.openWarn(settings);
      look = () => alertLook({ manage, warn }, flags);
    } else {
      const analyze = await this.context.openAnalyze(settings);
      look = hostsLook({ manage, analyze }, { ...flags, until }, this.context.nowMs);
    }
    const startedMs = systemClock.monotonicMs();
    await untilInterrupted(async (signal) => {
      let last: Waited | undefined;
      try {
        while (!signal.aborted) {
          const seen = await look().catch((error: unknown) => {
            // A service that answered before may be down for a while; one that never answered is an error.
            if (last === undefined || !isAway(error)) throw error;
            return { ...last, met: false, note: error.message };
          });
          // Hosts may still start to report it, but a mistyped name should be seen before the timeout.
          if (last === undefined && seen.unjudged) this.sayDoubt(until);
          last = seen;
          if (seen.met) return;
          const waitedMs = systemClock.monotonicMs() - startedMs;
          if (waitedMs >= timeoutMs) throw timedOut(seen, flags.timeout);
          this.showProgress(`${waitedText(seen)} (${roughDuration(waitedMs)})`);
          await systemClock.sleep(Math.min(POLL_MS, timeoutMs - waitedMs), signal).catch(() => {});
        }
      } finally {
        this.endProgress({ keep: false });
        if (last?.met) await this.print(last.lines.map((line) => `${line}\n`).join(''));
      }
    });
  }
}

function timedOut(seen: Waited, timeout: string): ExpectedError {
  return new ExpectedError(
    'TIMEOUT',
    `${waitedText(seen)}, after ${formatDuration(parseDuration(timeout))}`,
    {
      hint: 'Wait longer with --timeout.',
    },
  );
}

/** "cpu.usage < 50 does not hold on 1 of 3 hosts: web-18 cpu.usage 77.0 %" */
function waitedText({ condition, waitingFor, note, of }: Waited): string {
  const shown = listed(waitingFor, SHOWN, '; ');
  const where = of === 0 ? condition : `${condition} does not hold on ${waitingFor.length} of ${of}`;
  return `${safeText(where)}${shown === '' ? '' : `: ${shown}`}${note === undefined ? '' : ` (${safeText(note)})`}`;
}
