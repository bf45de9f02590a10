// minimon receivers remove: removes a receiver.
import { Args, Flags } from '@oclif/core';
import { authorFlag, BaseCommand, clientFlags } from '../../terminal/base-command.ts';

export default class ReceiversRemove extends BaseCommand {
  static override description = 'Remove a receiver; refused while rules name it';
  static override examples = ['<%= config.bin %> receivers remove ops'];
  static override args = {
    name: Args.string({ ignoreStdin: true, required: true, description: 'Name of the receiver' }),
  };
  static override flags = {
    force: Flags.boolean({
      description: 'Remove it although rules name it: the default receiver is told instead',
    }),
    author: authorFlag,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ReceiversRemove);
    const manage = await this.context.openManage(await this.settings(flags));
    await manage.removeReceiver({ name: args.name, force: flags.force, actor: this.author(flags) });
    this.say(`${args.name}: removed`);
  }
}
