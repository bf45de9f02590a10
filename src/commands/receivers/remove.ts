// minimon receivers remove: removes a receiver.
import { Args, Flags } from '@oclif/core';
import { authorFlag, BaseCommand, clientFlags, yesFlag } from '../../terminal/base-command.ts';

export default class ReceiversRemove extends BaseCommand {
  static override description =
    'Remove a receiver; rejected while rules name it\nAsks for confirmation, unless --yes.';
  static override examples = [
    '<%= config.bin %> receivers remove ops',
    '<%= config.bin %> receivers remove ops --force --yes',
  ];
  static override args = {
    name: Args.string({ ignoreStdin: true, required: true, description: 'Name of the receiver' }),
  };
  static override flags = {
    force: Flags.boolean({
      description: 'Remove it even if rules name it: the default receiver is notified instead',
    }),
    yes: yesFlag,
    author: authorFlag,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ReceiversRemove);
    const manage = await this.context.openManage(await this.settings(flags));
    const receiver = flags.yes
      ? undefined
      : (await manage.listReceivers()).find(({ name }) => name === args.name);
    const action = `remove receiver ${args.name}, ${receiver?.kind} at ${receiver?.address}`;
    if (receiver !== undefined && !(await this.agreed({ action, yes: flags.yes }))) return;
    await manage.removeReceiver({ name: args.name, force: flags.force, actor: this.author(flags) });
    this.say(`${args.name}: removed`);
  }
}
