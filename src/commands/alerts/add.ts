// minimon alerts add: adds a rule.
import { Args, Flags } from '@oclif/core';
import { SEVERITIES } from '../../domain/expression/syntax.ts';
import { BaseCommand, clientFlags } from '../../terminal/base-command.ts';
import { labelsOf } from '../../terminal/rule-flags.ts';

export default class AlertsAdd extends BaseCommand {
  static override description = 'Add an alert rule';
  static override examples = [
    "<%= config.bin %> alerts add high-cpu 'cpu.usage > 90 for 5m' --location 725 --severity critical --notify ops",
    "<%= config.bin %> alerts add disk-full 'disk.usage > 90 clear < 88 and disk.free < 20GiB for 10m'",
  ];
  static override strict = false;
  static override args = {
    name: Args.string({ ignoreStdin: true, required: true, description: 'Name of the rule' }),
    expression: Args.string({ ignoreStdin: true, required: true, description: 'What is watched, in quotes' }),
  };
  static override flags = {
    location: Flags.string({
      char: 'l',
      multiple: true,
      description: 'Only these locations (globs)',
      helpValue: 'GLOB',
    }),
    host: Flags.string({ multiple: true, description: 'Only these hosts (globs)', helpValue: 'GLOB' }),
    severity: Flags.option({ options: SEVERITIES, description: 'By default warning' })(),
    notify: Flags.string({ multiple: true, description: 'Receivers that are told', helpValue: 'RECEIVER' }),
    text: Flags.string({ description: 'Added to messages; placeholders such as {host} and {value}' }),
    runbook: Flags.string({ description: 'What to do about it: a link' }),
    label: Flags.string({ multiple: true, description: 'A label of its alerts', helpValue: 'NAME=VALUE' }),
    'quiet-end': Flags.boolean({ description: 'Nobody is told when it is over' }),
    replace: Flags.boolean({ description: 'Replace the rule of this name' }),
    force: Flags.boolean({ description: 'Save it although it looks like a mistake' }),
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(AlertsAdd);
    const [name, ...words] = argv as [string, ...string[]];
    const manage = await this.context.openManage(await this.settings(flags));
    const { rule, notes } = await manage.putRule({
      name,
      // Unquoted words are put together again; where the shell has taken `>`, the parser says so.
      expression: words.join(' '),
      ...(flags.severity !== undefined && { severity: flags.severity }),
      ...(flags.location !== undefined && { locations: flags.location }),
      ...(flags.host !== undefined && { hosts: flags.host }),
      ...(flags.notify !== undefined && { notify: flags.notify }),
      ...(flags.text !== undefined && { text: flags.text }),
      ...(flags.runbook !== undefined && { runbook: flags.runbook }),
      ...(flags.label !== undefined && { labels: labelsOf(flags.label) }),
      quietEnd: flags['quiet-end'],
      replace: flags.replace,
      force: flags.force,
    });
    for (const note of notes) this.say(note);
    this.say(`${rule.name}: ${rule.expression}`);
  }
}
