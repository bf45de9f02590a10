// What --help prints: oclif's pages with but a short usage line, examples before flags, no repeated description, and
// exit codes at the end.
import { CommandHelp, Help } from '@oclif/core/help';
import { EXIT_CODES } from './errors.ts';

const exitCodes = EXIT_CODES.map(([code, meaning]) => `${code} ${meaning}`).join(', ');

class CommandPage extends CommandHelp {
  // oclif's usage line repeats every flag.
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

/** Command groups by purpose; a command in none of them is listed under OTHER. */
const GROUPS: readonly (readonly [title: string, words: readonly string[]])[] = [
  ['LOOK', ['top', 'metrics', 'hosts', 'locations', 'check', 'wait']],
  ['ALERTS', ['alerts', 'silences', 'receivers']],
  ['RUN', ['up', 'simulate', 'daemon', 'install', 'uninstall', 'migrate']],
  ['KEEP IN ORDER', ['audit', 'deadletter', 'config', 'tls', 'tokens', 'completion']],
];

const FIRST_STEPS = [
  'up --simulate 40 --locations 3',
  'top',
  'metrics --location 725 --since 6h',
  'hosts assign web-17 --location 725',
  'alerts apply --stock',
];

/** Named in package.json, from where oclif loads it for --help alone. */
export class MinimonHelp extends Help {
  protected override CommandHelpClass = CommandPage;

  protected override async showRootHelp(): Promise<void> {
    const { bin, pjson } = this.config;
    const about = new Map<string, string>();
    for (const { name, description = '' } of this.config.topics)
      if (!name.includes(':')) about.set(name, description);
    for (const command of this.config.commands)
      if (!command.hidden && !command.id.includes(':')) about.set(command.id, this.summary(command) ?? '');
    const listed = new Set(GROUPS.flatMap(([, words]) => words));
    const others = [...about.keys()].filter((word) => !listed.has(word)).sort();
    const list = (words: readonly string[]) =>
      this.renderList(
        words.flatMap((word) => (about.has(word) ? [[word, about.get(word)!]] : [])),
        { indentation: 2, spacer: '\n', stripAnsi: this.opts.stripAnsi ?? false },
      );
    const sections: readonly (readonly [string, string])[] = [
      ['USAGE', this.wrap(`$ ${bin} COMMAND [FLAGS]    ${bin} COMMAND --help shows the help of a command`)],
      ['EXAMPLES', FIRST_STEPS.map((line) => `$ ${bin} ${line}`).join('\n')],
      ...[...GROUPS, ['OTHER', others] as const].map(([title, words]) => [title, list(words)] as const),
      ['EXIT CODES', this.wrap(exitCodes)],
    ];
    const shown = sections.filter(([, body]) => body !== '');
    const text = shown.map(([title, body]) => this.section(title, body)).join('\n\n');
    this.log(`${pjson.description}\n\n${text}\n`);
  }
}
