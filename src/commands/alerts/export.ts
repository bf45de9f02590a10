// minimon alerts export: the rules as the YAML that `alerts apply` reads.
import { Args, Flags } from '@oclif/core';
import { ruleUnknown } from '../../domain/unknown-names.ts';
import { BaseCommand, clientFlags } from '../../terminal/base-command.ts';
import { rulesYaml } from '../../terminal/rules-yaml.ts';

export default class AlertsExport extends BaseCommand {
  static override description =
    'Print the alert rules as YAML for `alerts apply`; built-in rules only if they were changed';
  static override examples = [
    '<%= config.bin %> alerts export > rules.yaml',
    '<%= config.bin %> alerts export disk-full memory',
  ];
  static override strict = false;
  static override args = {
    rule: Args.string({ ignoreStdin: true, description: 'Names of rules [default: all]' }),
  };
  static override flags = {
    source: Flags.string({ description: 'Only rules of this source', helpValue: 'NAME' }),
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(AlertsExport);
    const wanted = argv as string[];
    const manage = await this.context.openManage(await this.settings(flags));
    const all = await manage.listRules();
    const names = new Set(all.map(({ name }) => name));
    const unknown = wanted.find((name) => !names.has(name));
    if (unknown !== undefined) throw ruleUnknown(unknown, names);
    const rules = all.filter(
      ({ name, source, createdMs }) =>
        (wanted.length === 0 ? createdMs > 0 : wanted.includes(name)) &&
        (flags.source === undefined || source === flags.source),
    );
    await this.print(await rulesYaml(rules));
  }
}
