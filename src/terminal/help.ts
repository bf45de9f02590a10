// What --help prints: oclif's pages with a short usage line, examples before flags, a one-line description once, and the exit codes last.
import { CommandHelp, Help } from '@oclif/core/help';
import { EXIT_CODES } from './errors.ts';

const exitCodes = EXIT_CODES.map(([code, meaning]) => `${code} ${meaning}`).join(', ');

class CommandPage extends CommandHelp {
  // oclif's own repeats every flag here.
  protected override defaultUsage(): string {
    const dots = this.command.strict === false ? '...' : '';
    const args = Object.values(this.command.args ?? {}).map((arg) => {
      const name = `${arg.name.toUpperCase()}${dots}`;
      return arg.required ? name : `[${name}]`;
    });
    return [this.command.id, ...args, '[FLAGS]'].join(' ');
  }

  protected override description(): string | undefined {
    return this.command.description?.includes('\n') ? super.description() : undefined;
  }

  // oclif puts empty lines between them.
  protected override examples(list: Parameters<CommandHelp['examples']>[0]): string | undefined {
    return super.examples(list)?.replaceAll(/\n\s*\n/g, '\n');
  }

  protected override sections(): ReturnType<CommandHelp['sections']> {
    const [usage, ...rest] = super.sections();
    const [examples, others] = [true, false].map((wanted) =>
      rest.filter(({ header }) => (header === 'EXAMPLES') === wanted),
    );
    // A command whose codes are another program's says so itself.
    const own = (this.command as { readonly exitCodes?: string }).exitCodes;
    const codes = { header: 'EXIT CODES', generate: () => this.wrap(own ?? exitCodes) };
    return [...(usage ? [usage] : []), ...(examples ?? []), ...(others ?? []), codes];
  }
}

/** Named in package.json, from where oclif loads it for --help alone. */
export class MinimonHelp extends Help {
  protected override CommandHelpClass = CommandPage;

  protected override async showRootHelp(): Promise<void> {
    await super.showRootHelp();
    this.log(`${this.section('EXIT CODES', this.wrap(exitCodes))}\n`);
  }
}
