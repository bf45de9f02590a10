// minimon tokens list: the tokens, and when each was last used.
import { Flags } from '@oclif/core';
import { BaseCommand, clientFlags, outputFlags, renderOptions } from '../../terminal/base-command.ts';
import { renderListing } from '../../terminal/output.ts';
import { leftOutText, tokensListing } from '../../terminal/tokens-view.ts';

export default class TokensList extends BaseCommand {
  static override description = `List valid tokens, newest first, without the secrets
Credentials of enrolled hosts are omitted: hosts enrolled lists them.`;
  static override examples = [
    '<%= config.bin %> tokens list',
    '<%= config.bin %> tokens list --ended -o json',
  ];
  static override flags = {
    ended: Flags.boolean({ description: 'Include expired and revoked tokens' }),
    enrolled: Flags.boolean({ description: 'Include credentials of enrolled hosts' }),
    ...outputFlags,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(TokensList);
    const manage = await this.context.openManage(await this.settings(flags));
    const { ended, enrolled } = flags;
    const { tokens, nowMs, credentials } = await manage.listTokens({ ended, credentials: enrolled });
    const render = await renderOptions(flags, this.screen(flags));
    await this.print(renderListing(tokensListing(tokens, nowMs), render));
    if (credentials > 0) this.say(leftOutText(credentials));
  }
}
