// minimon alerts remove: removes a rule; its alerts end.
import { Args } from '@oclif/core';
import type { SavedRule } from '../../api/rules.ts';
import { authorFlag, BaseCommand, clientFlags, yesFlag } from '../../terminal/base-command.ts';

export default class AlertsRemove extends BaseCommand {
  static override description =
    'Remove an alert rule; its open alerts end, and receivers that were notified of them are notified again\nAsks for confirmation, unless --yes.';
  static override examples = [
    '<%= config.bin %> alerts remove high-cpu',
    '<%= config.bin %> alerts remove high-cpu --yes',
  ];
  static override args = {
    name: Args.string({ ignoreStdin: true, required: true, description: 'Name of the rule' }),
  };
  static override flags = { yes: yesFlag, author: authorFlag, ...clientFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AlertsRemove);
    const manage = await this.context.openManage(await this.settings(flags));
    // manage rejects unknown and built-in rules.
    const isAsked = ({ name, builtIn, createdMs }: SavedRule) =>
      name === args.name && !(builtIn && createdMs === 0);
    const rule = flags.yes ? undefined : (await manage.listRules()).find(isAsked);
    const action = `remove rule ${args.name}: ${rule?.expression}`;
    if (rule !== undefined && !(await this.agreed({ action, yes: flags.yes }))) return;
    await manage.removeRule({ name: args.name, actor: this.author(flags) });
    this.say(`${args.name}: removed`);
  }
}
