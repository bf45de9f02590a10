// minimon hosts unassign: clears the location of hosts.
import { Args, Flags } from '@oclif/core';
import { expandHosts } from '../../api/hosts.ts';
import { BaseCommand, clientFlags } from '../../terminal/base-command.ts';
import { confirmHostChange } from '../../terminal/prompts.ts';

export default class HostsUnassign extends BaseCommand {
  static override description = 'Clear the location of hosts; they stay in the inventory';
  static override examples = ['<%= config.bin %> hosts unassign web-17'];
  static override strict = false;
  static override args = {
    hosts: Args.string({ ignoreStdin: true, required: true, description: 'Host ids or globs' }),
  };
  static override flags = {
    yes: Flags.boolean({ char: 'y', description: 'Do not ask for confirmation' }),
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(HostsUnassign);
    const manage = await this.context.openManage(await this.settings(flags));
    const hostIds = await expandHosts(manage, argv as string[]);
    const found = await confirmHostChange({
      hostIds,
      verb: 'unassign',
      yes: flags.yes,
      streams: this.context,
      run: () => manage.unassignHosts({ hostIds, actor: this.author(flags) }),
    });
    this.say(found);
  }
}
