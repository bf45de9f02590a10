// minimon alerts remove: removes a rule; its alerts end.
import { Args } from '@oclif/core';
import { authorFlag, BaseCommand, clientFlags } from '../../terminal/base-command.ts';

export default class AlertsRemove extends BaseCommand {
  static override description = 'Remove an alert rule; its alerts end, and whoever was told hears so';
  static override examples = ['<%= config.bin %> alerts remove high-cpu'];
  static override args = {
    name: Args.string({ ignoreStdin: true, required: true, description: 'Name of the rule' }),
  };
  static override flags = { author: authorFlag, ...clientFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AlertsRemove);
    const manage = await this.context.openManage(await this.settings(flags));
    await manage.removeRule({ name: args.name, actor: this.author(flags) });
    this.say(`${args.name}: removed`);
  }
}
