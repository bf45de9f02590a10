// minimon alerts disable: turns a rule off.
import { Args } from '@oclif/core';
import { authorFlag, BaseCommand, clientFlags } from '../../terminal/base-command.ts';

export default class AlertsDisable extends BaseCommand {
  static override description = 'Disable an alert rule; its open alerts end';
  static override examples = ['<%= config.bin %> alerts disable high-cpu'];
  static override args = {
    name: Args.string({ ignoreStdin: true, required: true, description: 'Name of the rule' }),
  };
  static override flags = { author: authorFlag, ...clientFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AlertsDisable);
    const manage = await this.context.openManage(await this.settings(flags));
    await manage.setRuleEnabled({ name: args.name, enabled: false, actor: this.author(flags) });
    this.say(`${args.name}: off`);
  }
}
