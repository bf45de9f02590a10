// minimon alerts validate: checks files of rules without a server.
import { BaseCommand, unusedClientFlags } from '../../terminal/base-command.ts';
import { fileFlags, readRules } from '../../terminal/rule-files-command.ts';

export default class AlertsValidate extends BaseCommand {
  static override description =
    'Check files of alert rules without a server: every error with file, line and column';
  static override examples = [
    '<%= config.bin %> alerts validate -f rules.yaml',
    '<%= config.bin %> alerts validate -f rules/ -f more.yaml',
  ];
  static override flags = { ...fileFlags, ...unusedClientFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(AlertsValidate);
    const { rules, faults, errorOf } = await readRules(flags, this.context);
    if (faults.length > 0) throw errorOf([]);
    this.say(`${rules.length === 1 ? '1 rule is' : `${rules.length} rules are`} valid.`);
  }
}
