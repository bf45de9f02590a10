// minimon daemon processes: which processes of this host use the most CPU and memory; needs no agent and no server.
import { join, resolve } from 'node:path';
import { Flags } from '@oclif/core';
import { readProcesses } from '../../daemons/agent/top-processes.ts';
import { systemClock } from '../../runtime/clock.ts';
import { BaseCommand, outputFlags, renderOptions } from '../../terminal/base-command.ts';
import { renderListing } from '../../terminal/output.ts';
import { processesListing } from '../../terminal/processes-view.ts';

const APART_MS = 1_000;

export default class DaemonProcesses extends BaseCommand {
  static override description =
    'Show the processes of this host that use the most CPU or memory, over a second; needs no agent and no server';
  static override examples = [
    '<%= config.bin %> daemon processes',
    '<%= config.bin %> daemon processes --sort=-memory_bytes --limit 20',
    '<%= config.bin %> daemon processes --json',
  ];
  static override flags = {
    limit: Flags.integer({ description: 'How many', helpValue: 'N', default: 10, min: 1, max: 100_000 }),
    root: Flags.string({ description: 'Root directory: reads DIR/proc', helpValue: 'DIR', default: '/' }),
    ...outputFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(DaemonProcesses);
    const processes = await readProcesses({
      procPath: join(resolve(flags.root), 'proc'),
      sleep: () => systemClock.sleep(APART_MS),
      monotonicMs: systemClock.monotonicMs,
    });
    const render = await renderOptions(flags, this.screen(flags));
    const listing = processesListing(processes, { sort: flags.sort ?? '-cpu_percent', limit: flags.limit });
    await this.print(renderListing(listing, { ...render, sort: undefined }));
  }
}
