// minimon migrate: carries the inventory and history of an embedded installation into real servers.
import { Flags } from '@oclif/core';
import { migrate } from '../assembly/migrate.ts';
import { ExpectedError } from '../domain/errors.ts';
import { BaseCommand } from '../terminal/base-command.ts';
import { settingsOf } from '../terminal/daemon-flags.ts';
import { Interrupted } from '../terminal/errors.ts';
import { migrationStep, migrationSummary } from '../terminal/migration-view.ts';

const LINE_EVERY_MS = 5_000;

export default class Migrate extends BaseCommand {
  static override description =
    'Carry what an embedded installation holds into the servers of a configuration. The installation must not run, and is left as it is. A run that was broken off goes on where it was.';
  static override examples = ['<%= config.bin %> migrate --to cluster.yaml --data ~/.local/state/minimon'];
  static override flags = {
    to: Flags.string({
      description: 'Configuration that names the servers',
      helpValue: 'FILE',
      required: true,
    }),
    data: Flags.string({ description: 'Directory of the embedded installation', helpValue: 'DIR' }),
    again: Flags.boolean({ description: 'Begin anew, whatever an earlier run has carried' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Migrate);
    const { environment, stderr } = this.context;
    const ending = new AbortController();
    const end = () => ending.abort(new Interrupted());
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
    let toldMs = 0;
    try {
      const { to, again } = flags;
      const migration = await migrate({
        ...{ environment, stderr, to, again, signal: ending.signal },
        file: flags.config,
        flags: settingsOf({ data: flags.data }),
        onStep: (step) => {
          if (stderr.isTTY) stderr.write(`\r\u001b[K${migrationStep(step)}`);
          else if (step.step === 'comparison' || Date.now() - toldMs >= LINE_EVERY_MS) {
            toldMs = Date.now();
            this.say(migrationStep(step));
          }
        },
      });
      if (stderr.isTTY) stderr.write('\r\u001b[K');
      await this.print(migrationSummary(migration));
      const { history } = migration;
      if (history && history.comparison.missing > 0) {
        throw new ExpectedError('PARTLY_DONE', 'not all samples are in the target', {
          hint: 'Run it again with --again; samples that the target refused stay out.',
        });
      }
    } finally {
      process.off('SIGINT', end);
      process.off('SIGTERM', end);
    }
  }
}
