// minimon alerts test: runs unit tests of rules against series in a file, without a server.
import { Flags } from '@oclif/core';
import { runRuleTests } from '../../assembly/rule-tests.ts';
import { BaseCommand, unusedClientFlags } from '../../terminal/base-command.ts';
import { EXIT } from '../../terminal/errors.ts';
import { renderData } from '../../terminal/output.ts';
import { readInput } from '../../terminal/read-input.ts';
import { ruleTestsObject, ruleTestsText } from '../../terminal/rule-tests-view.ts';

export default class AlertsTest extends BaseCommand {
  static override description =
    'Run unit tests of rules against series in a file, without a server. Exit code 1 when an expectation fails';
  static override examples = [
    '<%= config.bin %> alerts test -f cases.yaml',
    '<%= config.bin %> alerts test -f disks.yaml -f memory.yaml --json',
  ];
  static override flags = {
    file: Flags.string({
      char: 'f',
      multiple: true,
      required: true,
      description: 'File of tests, or - for standard input',
      helpValue: 'FILE',
    }),
    output: Flags.option({
      options: ['text', 'json'] as const,
      char: 'o',
      description: 'Output format [default: text]',
      helpGroup: 'OUTPUT',
    })(),
    json: Flags.boolean({ description: 'The same as -o json', exclusive: ['output'], helpGroup: 'OUTPUT' }),
    ...unusedClientFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(AlertsTest);
    const outcomes = await runRuleTests({
      paths: flags.file,
      readStdin: () => readInput('-', this.context.stdin),
    });
    const json = flags.json || flags.output === 'json';
    await this.print(
      json
        ? renderData(ruleTestsObject(outcomes), { format: 'json', yaml: undefined })
        : ruleTestsText(outcomes, this.screen(flags)),
    );
    if (outcomes.some(({ differences }) => differences.length > 0)) process.exitCode = EXIT.unexpected;
  }
}
