// minimon tokens revoke: ends a token now.
import { Args } from '@oclif/core';
import { authorFlag, BaseCommand, clientFlags } from '../../terminal/base-command.ts';

export default class TokensRevoke extends BaseCommand {
  static override description = 'End a token now; every daemon refuses it within 10 s';
  static override examples = ['<%= config.bin %> tokens revoke grafana'];
  static override args = {
    token: Args.string({ ignoreStdin: true, required: true, description: 'Its name or its id' }),
  };
  static override flags = { author: authorFlag, ...clientFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(TokensRevoke);
    const manage = await this.context.openManage(await this.settings(flags));
    const { name, id } = await manage.revokeToken({ name: args.token, actor: this.author(flags) });
    this.say(`${name} (mm_${id}) is revoked; daemons refuse it within 10 s.`);
  }
}
