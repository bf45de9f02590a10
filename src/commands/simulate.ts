// minimon simulate: simulated hosts that report, for demos and load tests.
import { Flags } from '@oclif/core';
import { bearerOf } from '../assembly/cli-context.ts';
import { startSimulation } from '../assembly/simulate.ts';
import type { DeliveryCounts } from '../daemons/simulate/delivery.ts';
import { BaseCommand, clientFlags, TIME_FORMS } from '../terminal/base-command.ts';
import { faultFlag } from '../terminal/daemon-flags.ts';
import { simulationLine } from '../terminal/up-screen.ts';

export default class Simulate extends BaseCommand {
  static override description =
    'Send generated samples of simulated hosts: first backfilled history, then live, until Ctrl-C';
  static override examples = [
    '<%= config.bin %> simulate --hosts 500 --locations 5 --since 7d',
    '<%= config.bin %> simulate --hosts 10000 --since 0s --interval 10s --fault none',
  ];
  static override flags = {
    hosts: Flags.integer({ description: 'How many hosts', helpValue: 'N', default: 50, min: 1 }),
    locations: Flags.integer({ description: 'How many locations', helpValue: 'N', default: 5, min: 1 }),
    since: Flags.string({
      description: `How much history to backfill first, 0s for none: ${TIME_FORMS}`,
      helpValue: 'TIME',
      default: '7d',
    }),
    interval: Flags.string({ description: "Time between a host's ticks", helpValue: '60s', default: '60s' }),
    seed: Flags.integer({
      description: 'The same seed gives the same hosts and values [default: random]',
      helpValue: 'N',
      min: 0,
    }),
    fault: faultFlag(),
    batch: Flags.integer({
      description: 'Ticks in one live request; real agents send 1',
      helpValue: 'N',
      default: 1,
      min: 1,
      max: 200,
    }),
    again: Flags.boolean({
      description: 'Continue a simulation of the same hosts that has just ended; two at once would mix',
    }),
    'no-assign': Flags.boolean({ description: 'Do not assign the hosts to locations' }),
    report: Flags.string({
      description: 'host:port of a report service [default: derived from --server]',
      helpValue: 'HOST:PORT',
      multiple: true,
    }),
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Simulate);
    const settings = await this.settings(flags);
    const seed = flags.seed ?? Math.floor(Math.random() * 0xffff_ffff);
    this.say(`seed ${seed}: ${flags.hosts} hosts in ${Math.min(flags.locations, flags.hosts)} locations`);
    const { hosts, locations, interval, batch, fault } = flags;
    const since = `${this.context.nowMs() - this.sinceMs(flags.since, flags)}ms`;
    const manage = flags['no-assign'] ? undefined : await this.context.openManage(settings);
    const { environment, stderr } = this.context;
    const simulation = await startSimulation({
      options: { hosts, locations: Math.min(locations, hosts), since, interval, batch, seed, fault },
      reports: flags.report ?? settings.reports,
      manage,
      again: flags.again,
      tls: settings.tls,
      bearer: bearerOf(settings),
      environment,
      file: flags.config,
      stderr,
      onProgress: (progress) => {
        const line = simulationLine(progress);
        if (stderr.isTTY) this.showProgress(line);
        else if (progress.doneTicks === progress.totalTicks) this.say(line);
      },
    });
    const counts = await simulation.ended;
    this.endProgress({ keep: true });
    this.say(countsLine(counts));
  }
}

/** "120 samples accepted, 0 rejected, 40 not delivered (no report service answers at ...)" */
function countsLine(counts: DeliveryCounts): string {
  const because = (samples: number, reason: string | undefined) =>
    samples > 0 && reason !== undefined ? ` (${reason})` : '';
  const rejected = `${counts.refusedSamples} rejected${because(counts.refusedSamples, counts.lastRefusal)}`;
  const undelivered = `${counts.undeliveredSamples} not delivered${because(counts.undeliveredSamples, counts.lastError)}`;
  return `${counts.acceptedSamples} samples accepted, ${rejected}, ${undelivered}`;
}
