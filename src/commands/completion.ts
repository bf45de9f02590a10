// minimon completion: the shell completion script for commands, flags, hosts, locations, metrics and rules.
import { Args } from '@oclif/core';
import { BaseCommand } from '../terminal/base-command.ts';
import { COMPLETION_SCRIPTS, SHELLS, type Shell } from '../terminal/completion-scripts.ts';

export default class Completion extends BaseCommand {
  static override description = `Print the shell completion script

It completes commands, flags, hosts, locations, metrics, rules, receivers and silences. In ~/.bashrc:
  source <(minimon completion bash)
In ~/.zshrc, after compinit:
  source <(minimon completion zsh)
For fish:
  minimon completion fish > ~/.config/fish/completions/minimon.fish`;
  static override examples = ['<%= config.bin %> completion bash'];
  static override args = {
    shell: Args.string({
      ignoreStdin: true,
      required: true,
      options: [...SHELLS],
      description: 'Which shell',
    }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(Completion);
    await this.print(COMPLETION_SCRIPTS[args.shell as Shell]);
  }
}
