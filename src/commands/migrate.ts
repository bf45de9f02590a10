// minimon migrate: copies the inventory, the alert configuration and the history of an embedded installation to real servers.
import { Flags } from '@oclif/core';
import { settingsOf } from '../assembly/flag-settings.ts';
import { migrate } from '../assembly/migrate.ts';
import { ExpectedError } from '../domain/errors.ts';
import { systemClock } from '../runtime/clock.ts';
import { BaseCommand } from '../terminal/base-command.ts';
import { untilInterrupted } from '../terminal/errors.ts';
import { migrationStep, migrationSummary } from '../terminal/migration-view.ts';

const LINE_EVERY_MS = 5_000;

export default class Migrate extends BaseCommand {
  static override description =
    'Copy an embedded installation to the servers of a configuration\nThe installation must be stopped, and is not changed. An interrupted run resumes where it stopped.';
  static override examples = ['<%= config.bin %> migrate --to cluster.yaml --data ~/.local/state/minimon'];
  static override flags = {
    to: Flags.string({
      description: 'Configuration file that names the servers',
      helpValue: 'FILE',
      required: true,
    }),
    data: Flags.string({ description: 'Directory of the embedded installation', helpValue: 'DIR' }),
    again: Flags.boolean({ description: 'Start over instead of resuming' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Migrate);
    const { environment, stderr } = this.context;
    const { to, again } = flags;
    let saidMs = Number.NEGATIVE_INFINITY;
    await untilInterrupted(async (signal) => {
      const migration = await migrate({
        ...{ environment, stderr, to, again, signal },
        file: flags.config,
        flags: settingsOf({ data: flags.data }),
        onStep: (step) => {
          const nowMs = systemClock.monotonicMs();
          if (stderr.isTTY) this.showProgress(migrationStep(step));
          else if (step.step === 'comparison' || nowMs - saidMs >= LINE_EVERY_MS) {
            saidMs = nowMs;
            this.say(migrationStep(step));
          }
        },
      });
      this.endProgress({ keep: false });
      await this.print(migrationSummary(migration));
      const { history } = migration;
      if (history && history.comparison.missing > 0) {
        throw new ExpectedError('PARTLY_DONE', 'the target lacks samples', {
          hint: 'Run it again with --again. Samples that the target rejected cannot be copied.',
        });
      }
    });
  }
}
