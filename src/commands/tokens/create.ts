// minimon tokens create: creates a token for a client, printed once.
import { Args, Flags } from '@oclif/core';
import { resolveAhead } from '../../domain/time-ahead.ts';
import {
  authorFlag,
  BaseCommand,
  clientFlags,
  outputFlags,
  outputFormat,
  renderOptions,
} from '../../terminal/base-command.ts';
import { renderListing } from '../../terminal/output.ts';
import { createdListing, tokenText } from '../../terminal/tokens-view.ts';

export default class TokensCreate extends BaseCommand {
  static override description =
    'Create a token and print it. It is shown only once and stored as a hash; the audit log shows its name';
  static override examples = [
    '<%= config.bin %> tokens create grafana --scope read --expires 90d > grafana.token',
    '<%= config.bin %> tokens create web-1 --scope report:web-1',
    '<%= config.bin %> tokens create cluster --scope service',
  ];
  static override args = {
    name: Args.string({
      ignoreStdin: true,
      required: true,
      description: 'Name of its holder: ann, grafana, web-1',
    }),
  };
  static override flags = {
    scope: Flags.string({
      description:
        'Scope; repeatable: read, write (includes read), admin (all), service (between daemons), report:HOST, report:*',
      helpValue: 'SCOPE',
      required: true,
      multiple: true,
      multipleNonGreedy: true,
    }),
    expires: Flags.string({
      description: 'When it expires: 90d, 2027-03-28 [default: never]',
      helpValue: 'TIME',
      aliases: ['until'],
    }),
    author: authorFlag,
    ...outputFlags,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(TokensCreate);
    const screen = this.screen(flags);
    const ends = flags.expires === undefined ? undefined : resolveAhead(flags.expires, screen);
    if (ends?.note) this.say(ends.note);
    const manage = await this.context.openManage(await this.settings(flags));
    const { token, info } = await manage.createToken({
      ...{ name: args.name, scopes: flags.scope, actor: this.author(flags) },
      ...(ends && { endsMs: ends.atMs }),
    });
    if (outputFormat(flags) === 'table') await this.print(`${token}\n`);
    else {
      await this.print(renderListing(createdListing(token, info), await renderOptions(flags, screen)));
    }
    this.say(tokenText(info, screen));
    this.say('It is not shown again. Store it in a file with mode 0600 and set token_file to its path.');
  }
}
