// minimon alerts enable: turns a rule on.
import { Args } from '@oclif/core';
import { authorFlag, BaseCommand, clientFlags } from '../../terminal/base-command.ts';

export default class AlertsEnable extends BaseCommand {
  static override description = 'Enable an alert rule';
  static override examples = ['<%= config.bin %> alerts enable high-cpu'];
  static override args = {
    name: Args.string({ ignoreStdin: true, required: true, description: 'Name of the rule' }),
  };
  static override flags = { author: authorFlag, ...clientFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AlertsEnable);
    const manage = await this.context.openManage(await this.settings(flags));
    await manage.setRuleEnabled({ name: args.name, enabled: true, actor: this.author(flags) });
    this.say(`${args.name}: on`);
  }
}
