// minimon config validate: checks the configuration without starting anything.
import { loadConfig } from '../../assembly/config-load.ts';
import { DAEMONS } from '../../assembly/config-schema.ts';
import { readJoinToken } from '../../assembly/join-text.ts';
import { withListenRules } from '../../assembly/listen-rules.ts';
import { counted } from '../../domain/counting.ts';
import { BaseCommand } from '../../terminal/base-command.ts';

export default class ConfigValidate extends BaseCommand {
  static override description = 'Check the configuration: files, environment, unknown keys, invalid values';

  static override examples = ['<%= config.bin %> config validate --config /etc/minimon/config.yaml'];

  async run(): Promise<void> {
    const { flags } = await this.parse(ConfigValidate);
    const { environment } = this.context;
    const loaded = await loadConfig({ environment, file: flags.config });
    withListenRules(loaded.config, { isSet: (key) => loaded.origins.has(key), daemons: DAEMONS });
    // Not an error: an enrolled agent already has its credential and needs no join token.
    const { noJoinToken } = readJoinToken(loaded.config.agent);
    if (noJoinToken)
      this.say(`Note: an agent that has no credential yet could not join here: ${noJoinToken.message}`);
    const from = loaded.files.length > 0 ? loaded.files.join(', ') : 'no file, defaults only';
    this.say(`The configuration is valid (${from}; ${counted(loaded.origins.size, 'setting')} given).`);
  }
}
