// The manual pages, from what the commands say of themselves: minimon(1), and a page for each first word of a command.
import { EXIT_CODES } from '../src/terminal/errors.ts';

/** What a page says of a flag, as oclif's manifest has it. */
type Flag = {
  readonly name: string;
  readonly char?: string;
  readonly type?: string;
  readonly allowNo?: boolean;
  readonly hidden?: boolean;
  readonly helpGroup?: string;
  readonly helpValue?: string;
  readonly description?: string;
  readonly options?: readonly string[];
  readonly default?: unknown;
};

type Argument = Pick<Flag, 'name' | 'description' | 'options'> & { readonly required?: boolean };

export type ManifestCommand = {
  readonly id: string;
  readonly hidden?: boolean;
  readonly strict?: boolean;
  readonly description?: string;
  readonly args?: Readonly<Record<string, Argument>>;
  readonly flags?: Readonly<Record<string, Flag>>;
  readonly examples?: readonly string[];
};

/** package.json */
export type Package = {
  readonly version: string;
  readonly description: string;
  readonly oclif: { readonly topics: Readonly<Record<string, { readonly description: string }>> };
};

type Command = ManifestCommand & { readonly words: readonly string[] };
type Topic = { readonly word: string; readonly own: readonly Command[]; readonly about: string };

/** File name -> roff, from oclif's manifest. */
export function manPages({
  manifest,
  pjson,
}: {
  readonly manifest: { readonly commands: Readonly<Record<string, ManifestCommand>> };
  readonly pjson: Package;
}): ReadonlyMap<string, string> {
  const commands = Object.values(manifest.commands)
    .filter((command) => !command.hidden)
    .map((command) => ({ ...command, words: command.id.split(':') }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const byWord = Map.groupBy(commands, ({ words }) => words[0]!);
  const topics = [...byWord].map(([word, own]) => ({ word, own, about: aboutOf(word, own, pjson) }));
  const page = (name: string, lines: readonly string[]): [string, string] => [
    `${name}.1`,
    `${[head(name, pjson), ...lines].join('\n')}\n`,
  ];
  return new Map([
    page('minimon', overview(topics, pjson)),
    ...topics.map((topic) => page(`minimon-${topic.word}`, topicPage(topic, topics))),
  ]);
}

const isGlobal = ({ helpGroup }: Flag): boolean => helpGroup === 'GLOBAL';

const firstLine = (text = ''): string => text.split('\n')[0]!;

const aboutOf = (word: string, own: readonly Command[], pjson: Package): string =>
  pjson.oclif.topics[word]?.description ?? firstLine(own.find(({ id }) => id === word)?.description);

const head = (name: string, { version }: Package): string =>
  `.TH ${name.toUpperCase().replaceAll('-', '\\-')} 1 "" "minimon ${version}"`;

/** A text as roff has it: its own signs are no commands. */
const roff = (text: string): string =>
  text
    .replaceAll('<%= config.bin %>', 'minimon')
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1');

/** The lines of a description: those that begin with a space stay lines of their own. */
const paragraphs = (text: string): readonly string[] =>
  text.split('\n').flatMap((line) => {
    if (line.trim() === '') return ['.PP'];
    return line.startsWith(' ') ? ['.RS 4', '.nf', roff(line.trim()), '.fi', '.RE'] : [roff(line)];
  });

function overview(topics: readonly Topic[], pjson: Package): readonly string[] {
  return [
    '.SH NAME',
    `minimon \\- ${roff(pjson.description)}`,
    '.SH SYNOPSIS',
    '.B minimon',
    '.I command',
    '.RI [ arguments ]',
    '.RI [ flags ]',
    '.SH COMMANDS',
    ...topics.flatMap(({ word, about }) => ['.TP', `.BR minimon\\-${roff(word)} (1)`, roff(about)]),
    '.PP',
    '.SH FLAGS OF EVERY COMMAND',
    ...Object.values(topics[0]?.own[0]?.flags ?? {})
      .filter(isGlobal)
      .flatMap(flagEntry),
    ...flagEntry({ name: 'help', char: 'h', description: 'Show what the command does, with its flags' }),
    '.SH EXIT STATUS',
    ...EXIT_CODES.flatMap(([code, meaning]) => ['.TP', `.B ${code}`, roff(meaning)]),
    '.SH FILES',
    ...FILES.flatMap(([path, meaning]) => ['.TP', `.I ${roff(path)}`, roff(meaning)]),
    '.SH ENVIRONMENT',
    'Every setting has a variable of its own, MINIMON_ and the name of the setting;',
    '.B minimon config show',
    'lists them. PAGER, NO_COLOR and COLUMNS are honoured.',
  ];
}

const FILES: readonly (readonly [path: string, meaning: string])[] = [
  ['$XDG_CONFIG_HOME/minimon/config.yaml', "a user's configuration"],
  ['/etc/minimon/config.yaml', 'the configuration of the machine, where a user has none'],
  ['/etc/minimon/credentials/SERVICE', 'secrets of a service, each a file that is called as the setting'],
  ['/var/lib/minimon', 'the data of the services'],
  ['$XDG_STATE_HOME/minimon', 'the data of minimon up that a user runs'],
];

function topicPage({ word, own, about }: Topic, topics: readonly Topic[]): readonly string[] {
  const others = topics.filter((topic) => topic.word !== word);
  return [
    '.SH NAME',
    `minimon\\-${roff(word)} \\- ${roff(about)}`,
    '.SH SYNOPSIS',
    ...own.flatMap((command, i) => [...(i > 0 ? ['.br'] : []), ...usage(command)]),
    '.SH COMMANDS',
    ...own.flatMap(commandSection),
    '.PP',
    'Flags of every command, exit status and files are in',
    '.BR minimon (1).',
    '.SH SEE ALSO',
    '.BR minimon (1),',
    ...others.map((topic, i) => `.BR minimon\\-${roff(topic.word)} (1)${i < others.length - 1 ? ',' : ''}`),
  ];
}

function usage({ words, args = {}, strict }: Command): readonly string[] {
  const dots = strict === false ? '...' : '';
  return [
    `.B minimon ${roff(words.join(' '))}`,
    ...Object.values(args).map(({ name, required }) =>
      required ? `.I ${roff(name.toUpperCase())}${dots}` : `.RI [ ${roff(name.toUpperCase())}${dots} ]`,
    ),
    '.RI [ flags ]',
  ];
}

function commandSection(command: Command): readonly string[] {
  const { words, description = '', args = {}, flags = {}, examples = [] } = command;
  const shown = Object.values(flags).filter((flag) => !flag.hidden && !isGlobal(flag));
  return [
    `.SS minimon ${roff(words.join(' '))}`,
    ...paragraphs(description),
    ...Object.values(args).flatMap(({ name, description: about = '', options }) => [
      '.TP',
      `.I ${roff(name.toUpperCase())}`,
      roff(`${about}${choices(options)}`),
    ]),
    ...shown.flatMap(flagEntry),
    ...(examples.length > 0 ? ['.PP', '.nf', '.RS 4', ...examples.map(roff), '.RE', '.fi'] : []),
  ];
}

const choices = (options: readonly string[] | undefined): string =>
  options?.length ? `: ${options.join(', ')}` : '';

function flagEntry(flag: Flag): readonly string[] {
  const { name, char, type, allowNo, helpValue, description = '', options, default: value } = flag;
  const long = allowNo ? `\\-\\-[no\\-]${roff(name)}` : `\\-\\-${roff(name)}`;
  const names = `${char ? `\\-${char}, ` : ''}${long}`;
  const given = type === 'option' ? ` \\fI${roff(helpValue ?? (options ? 'CHOICE' : 'VALUE'))}\\fR` : '';
  const standard =
    value === undefined || value === false || description.includes('[default') ? '' : ` [default: ${value}]`;
  return ['.TP', `\\fB${names}\\fR${given}`, roff(`${firstLine(description)}${choices(options)}${standard}`)];
}
