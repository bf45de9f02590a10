// minimon complete: candidates at the cursor, for the scripts of `minimon completion`.
import { createKnownNames } from '../assembly/known-names.ts';
import { BaseCommand } from '../terminal/base-command.ts';
import { complete, completionText } from '../terminal/completion.ts';

export default class Complete extends BaseCommand {
  static override hidden = true;
  static override description = 'Print completion candidates at the cursor';
  static override strict = false;

  async run(): Promise<void> {
    // Not parsed: the words are an incomplete command line of another command.
    const words = this.argv[0] === '--' ? this.argv.slice(1) : this.argv;
    const { openManage, openAnalyze, environment, nowMs } = this.context;
    const known = createKnownNames({ words, openManage, openAnalyze, environment, nowMs });
    await this.print(completionText(await complete({ words, tree: this.config, known })));
  }
}
