// minimon complete: what may stand at the cursor, for the scripts of `minimon completion`.
import { createKnownNames } from '../assembly/known-names.ts';
import { BaseCommand } from '../terminal/base-command.ts';
import { complete, completionText } from '../terminal/completion.ts';

export default class Complete extends BaseCommand {
  static override hidden = true;
  static override description = 'Print what may stand at the cursor';
  static override strict = false;

  async run(): Promise<void> {
    // Not parsed: the words are another command's, half typed.
    const words = this.argv[0] === '--' ? this.argv.slice(1) : this.argv;
    const { openManage, openAnalyze, environment, nowMs } = this.context;
    const known = createKnownNames({ words, openManage, openAnalyze, environment, nowMs });
    await this.print(completionText(await complete({ words, tree: this.config, known })));
  }
}
