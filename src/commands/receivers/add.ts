// minimon receivers add: adds a receiver of alert notifications.
import { Args, Flags } from '@oclif/core';
import { authorFlag, BaseCommand, clientFlags } from '../../terminal/base-command.ts';
import { readInput } from '../../terminal/read-input.ts';

const OPTIONS =
  "Give the options as a JSON object in a file (-f slack.json) or on stdin. echo '{}' | minimon receivers add ... lists the options of a kind.";

export default class ReceiversAdd extends BaseCommand {
  static override description =
    'Add a receiver. Its options are a JSON object in a file or on stdin, not flags: they hold secrets, and command lines are visible to other users';
  static override examples = [
    '<%= config.bin %> receivers add ops webhook --default < webhook.json',
    '<%= config.bin %> receivers add night slack -f slack.json --route severity=critical --active 18:00-08:00 --zone Europe/Berlin',
    '<%= config.bin %> receivers add night slack --replace --keep-options --default',
  ];
  static override args = {
    name: Args.string({ ignoreStdin: true, required: true, description: 'Name of the receiver' }),
    kind: Args.string({ ignoreStdin: true, required: true, description: 'webhook, email, slack ...' }),
  };
  static override flags = {
    file: Flags.string({ char: 'f', description: 'File with the options', default: '-', helpValue: 'FILE' }),
    'keep-options': Flags.boolean({
      description: 'With --replace: keep its current options',
      dependsOn: ['replace'],
    }),
    route: Flags.string({
      multiple: true,
      description:
        "Route: matchers of alerts to take, if their rule names no receiver: location=725; '' for none",
      helpValue: 'MATCHER',
    }),
    active: Flags.string({
      multiple: true,
      description:
        "When the route is active: mon-fri 08:00-18:00, 22:00-06:00 Asia/Shanghai; '' for always [default: always]",
      helpValue: 'TIMES',
    }),
    default: Flags.boolean({
      allowNo: true,
      description:
        'Make it the default receiver, for alerts that match no route; with --replace in place of the current default',
    }),
    zone: Flags.string({
      description: 'Time zone of messages and of --active [default: UTC]',
      helpValue: 'ZONE',
    }),
    replace: Flags.boolean({ description: 'Replace the receiver of this name' }),
    author: authorFlag,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ReceiversAdd);
    const options = flags['keep-options']
      ? undefined
      : await readInput(flags.file, this.context.stdin, OPTIONS);
    const manage = await this.context.openManage(await this.settings(flags));
    const receiver = await manage.putReceiver({
      name: args.name,
      kind: args.kind,
      ...(options !== undefined && { options }),
      ...(flags.route !== undefined && { matchers: flags.route }),
      ...(flags.active !== undefined && { activeTimes: flags.active }),
      ...(flags.zone !== undefined && { timeZone: flags.zone }),
      ...(flags.default !== undefined && { isDefault: flags.default }),
      replace: flags.replace,
      actor: this.author(flags),
    });
    const role = receiver.isDefault ? ', the default receiver' : '';
    this.say(`${receiver.name}: ${receiver.kind} at ${receiver.address}${role}`);
    if (receiver.matchers.length === 0) return;
    const { notes } = await manage.previewMatchers({ matchers: receiver.matchers });
    for (const note of notes) this.say(`Note: ${note}`);
  }
}
