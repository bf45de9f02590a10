// minimon hosts remove: deletes hosts from the inventory.
import { DepartingCommand, departingArgs, departingFlags } from '../../terminal/departing-command.ts';

export default class HostsRemove extends DepartingCommand {
  static override description =
    'Remove hosts from the inventory; one that still reports shows as unmanaged again';
  static override examples = [
    '<%= config.bin %> hosts remove web-17',
    "<%= config.bin %> hosts remove 'old-*' --dry-run",
    "<%= config.bin %> hosts remove 'old-*' --yes",
  ];

  static override strict = false;
  static override args = departingArgs;
  static override flags = departingFlags;

  async run(): Promise<void> {
    await this.depart('remove', await this.parse(HostsRemove));
  }
}
