// minimon hosts remove: deletes hosts from the inventory.
import { Args, Flags } from '@oclif/core';
import { expandHosts } from '../../api/hosts.ts';
import { BaseCommand, clientFlags } from '../../terminal/base-command.ts';
import { confirmHostChange } from '../../terminal/prompts.ts';

export default class HostsRemove extends BaseCommand {
  static override description =
    'Remove hosts from the inventory; one that still reports shows as unmanaged again';
  static override examples = [
    '<%= config.bin %> hosts remove web-17',
    "<%= config.bin %> hosts remove 'old-*' --yes",
  ];
  static override strict = false;
  static override args = {
    hosts: Args.string({ ignoreStdin: true, required: true, description: 'Host ids or globs' }),
  };
  static override flags = {
    yes: Flags.boolean({ char: 'y', description: 'Do not ask for confirmation' }),
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(HostsRemove);
    const manage = await this.context.openManage(await this.settings(flags));
    const hostIds = await expandHosts(manage, argv as string[]);
    const found = await confirmHostChange({
      hostIds,
      verb: 'remove',
      yes: flags.yes,
      streams: this.context,
      run: () => manage.removeHosts({ hostIds, actor: this.author(flags) }),
    });
    this.say(found);
  }
}
