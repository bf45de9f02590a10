// minimon hosts unassign: clears the location of hosts.
import { DepartingCommand, departingArgs, departingFlags } from '../../terminal/departing-command.ts';

export default class HostsUnassign extends DepartingCommand {
  static override description = 'Clear the location of hosts; they stay in the inventory';
  static override examples = [
    '<%= config.bin %> hosts unassign web-17',
    "<%= config.bin %> hosts unassign 'app-*' --dry-run",
  ];

  static override strict = false;
  static override args = departingArgs;
  static override flags = departingFlags;

  async run(): Promise<void> {
    await this.depart('unassign', await this.parse(HostsUnassign));
  }
}
