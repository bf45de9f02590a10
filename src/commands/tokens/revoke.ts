// minimon tokens revoke: revokes a token.
import { Args } from '@oclif/core';
import type { TokenInfo } from '../../api/tokens.ts';
import { shownTokenId } from '../../runtime/token.ts';
import { authorFlag, BaseCommand, clientFlags, yesFlag } from '../../terminal/base-command.ts';

export default class TokensRevoke extends BaseCommand {
  static override description =
    'Revoke a token; every daemon rejects it within 10 s\nAsks for confirmation, unless --yes.';
  static override examples = [
    '<%= config.bin %> tokens revoke grafana',
    '<%= config.bin %> tokens revoke grafana --yes',
  ];
  static override args = {
    token: Args.string({ ignoreStdin: true, required: true, description: 'Name or id of the token' }),
  };
  static override flags = { yes: yesFlag, author: authorFlag, ...clientFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(TokensRevoke);
    const manage = await this.context.openManage(await this.settings(flags));
    const isAsked = ({ name, id }: TokenInfo) => [name, id, shownTokenId(id)].includes(args.token);
    const token = flags.yes ? undefined : (await manage.listTokens({})).tokens.find(isAsked);
    const action = `revoke token ${token?.name} (${shownTokenId(token?.id ?? '')}), which may ${token?.scopes.join(', ')}`;
    if (token !== undefined && !(await this.agreed({ action, yes: flags.yes }))) return;
    const { name, id } = await manage.revokeToken({ name: args.token, actor: this.author(flags) });
    this.say(`${name} (${shownTokenId(id)}) is revoked; daemons reject it within 10 s.`);
  }
}
