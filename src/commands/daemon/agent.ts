// minimon daemon agent: samples this host and reports it; --once prints a single tick and needs no server.
import { Flags } from '@oclif/core';
import { settingsOf } from '../../assembly/flag-settings.ts';
import { runDaemon, sampleThisHost } from '../../assembly/run-daemon.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { BaseCommand, renderOptions } from '../../terminal/base-command.ts';
import { agentFlags, daemonFlags } from '../../terminal/daemon-flags.ts';
import { renderTick } from '../../terminal/tick-view.ts';

export default class DaemonAgent extends BaseCommand {
  static override description =
    'Run agent: samples this host at whole multiples of the interval and sends the samples to report';
  static override examples = [
    '<%= config.bin %> daemon agent --report 10.0.0.6:8000 --report 10.0.0.7:8000 --location 725',
    '<%= config.bin %> daemon agent --once',
  ];
  static override flags = {
    ...agentFlags,
    report: Flags.string({
      description: 'host:port of a report service; repeatable',
      helpValue: 'HOST:PORT',
      multiple: true,
    }),
    once: Flags.boolean({
      description: 'Sample twice, a second apart, print one tick and exit; needs no server',
    }),
    json: Flags.boolean({ description: 'With --once: print JSON', dependsOn: ['once'] }),
    ...daemonFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(DaemonAgent);
    const request = { ...this.context, file: flags.config, flags: settingsOf(flags) };
    if (!flags.once) {
      process.exitCode = await runDaemon('agent', request);
      return;
    }
    const { tick, omitted, failed } = await sampleThisHost(request);
    await this.print(renderTick(tick, await renderOptions(flags, this.screen(flags))));
    for (const { what, why } of omitted) this.say(`not collected: ${what} (${why})`);
    for (const { what, why } of failed) this.say(`failed: ${what} (${why})`);
    if (tick.samples.length === 0)
      throw new ExpectedError('UNAVAILABLE', 'no collector returned a sample', {
        hint: 'See the failures above.',
      });
  }
}
