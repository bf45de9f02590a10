// Rewrites oclif's usage errors: what is wrong, the nearest match, where the help is.
import { stripVTControlCharacters } from 'node:util';
import { didYouMean, didYouMeanKey } from '../domain/did-you-mean.ts';
import { ExpectedError, messageOf } from '../domain/errors.ts';

/** The part of oclif's `Config` that matters here; ids are like `hosts:list`. */
type CommandTree = {
  readonly commands: readonly {
    readonly id: string;
    readonly flags?: Readonly<
      Record<string, { readonly char?: string | undefined; readonly hidden?: boolean | undefined }>
    >;
  }[];
};

/** USAGE for what oclif threw about `argv`. oclif has no types for most of these, so its sentences are parsed; a test covers each. */
export function usageError(thrown: unknown, argv: readonly string[], tree: CommandTree): ExpectedError {
  const message = stripVTControlCharacters(messageOf(thrown)).replace(/\n?See more help with --help$/, '');
  const firstFlag = argv.findIndex((arg) => arg.startsWith('-'));
  const words = firstFlag < 0 ? argv : argv.slice(0, firstFlag);
  const command = tree.commands.find(({ id }) => id.split(':').every((part, i) => words[i] === part));
  if (!command) return unknownCommand(words, argv, tree);

  const name = command.id.replaceAll(':', ' ');
  const help = `minimon ${name} --help`;
  const usage = (text: string, hint = `See ${help}`) =>
    new ExpectedError('USAGE', text, { hint, cause: thrown });
  if (/^command .* not found/i.test(message)) {
    const [extra = ''] = words.slice(command.id.split(':').length);
    return usage(
      `minimon ${name} takes no argument ${JSON.stringify(extra)}`,
      `${meantFlag(extra, command)}See ${help}`,
    );
  }
  const [, extras] = /^Unexpected arguments?: (.*)$/s.exec(message) ?? [];
  if (extras !== undefined) {
    const extra = extras.split(', ')[0]!;
    return usage(`minimon ${name} takes no argument ${extras}`, `${meantFlag(extra, command)}See ${help}`);
  }
  const [, flags] = /^Nonexistent flags?: (.*)$/s.exec(message) ?? [];
  if (flags !== undefined) {
    // Only the name: a secret may follow the =.
    const given = flags.split(', ')[0]!.replace(/=.*$/s, '');
    if (/^--(token|password|key)$/.test(given))
      return usage(`minimon ${name} has no flag ${given}`, NO_SECRETS);
    const known = Object.entries(command.flags ?? {}).flatMap(([flag, { hidden }]) =>
      hidden ? [] : [`--${flag}`],
    );
    const near = given.startsWith('--') ? nearFlag(given, known) : undefined;
    return usage(
      `minimon ${name} has no flag ${given}`,
      `${near === undefined ? '' : `${near} `}${help} lists its flags.`,
    );
  }
  const [, flag, value, list] = /^Expected (--\S+?)=(.*) to be one of: (.*)$/s.exec(message) ?? [];
  if (list !== undefined) {
    const near = didYouMean(value!, list.split(', '));
    return usage(
      `${flag} cannot be ${JSON.stringify(value)}`,
      `${near === undefined ? '' : `${near} `}It takes ${list}.`,
    );
  }
  for (const [pattern, text] of REWORDED) {
    const match = pattern.exec(message);
    if (match) return usage(text(match, name));
  }
  return usage(message);
}

/** Also a flag of which there is a word more (--data-dir) or less (--port) than its name has. */
function nearFlag(given: string, known: readonly string[]): string | undefined {
  const begins = (whole: string, start: string) => whole.startsWith(`${start}-`);
  const alike = known.filter((flag) => begins(given, flag) || begins(flag, given));
  if (alike.length === 1) return `Did you mean ${alike[0]}?`;
  return didYouMeanKey(given, known);
}

/** Flags that could take an argument given without a flag, most likely first. */
const FILES = ['file', 'dir'] as const;
const NAMES = ['rule', 'host', 'location'] as const;

/** With a space behind; empty where no flag takes such a word. */
function meantFlag(extra: string, { flags = {} }: CommandTree['commands'][number]): string {
  const has = (names: readonly string[]) => names.filter((name) => flags[name] && !flags[name].hidden);
  const [files, names] = [has(FILES), has(NAMES)];
  const isFile = /[\\/]|\.(ya?ml|json|crt|pem|txt)$/.test(extra) || names.length === 0;
  // Where a rule could be meant, a name says little.
  const likely = isFile ? files : names.slice(0, names[0] === 'rule' ? undefined : 1);
  const meant = likely.map((name) => `--${name} ${extra}`);
  if (meant.length === 0) return '';
  const [last, others] = [meant.at(-1), meant.slice(0, -1)];
  return `Did you mean ${others.length === 0 ? '' : `${others.join(', ')} or `}${last}? `;
}

const NO_SECRETS =
  'Secrets are not accepted on the command line, which every user can see: set token_file in the configuration or a profile, or MINIMON_TOKEN_FILE.';

type Rewording = readonly [RegExp, (match: RegExpExecArray, name: string) => string];

const REWORDED: readonly Rewording[] = [
  [
    /^Missing \d+ required args?:\n(\S+)\s+(.*)/,
    ([, arg, meaning], name) => `minimon ${name} needs ${arg!.toUpperCase()}: ${meaning}`,
  ],
  [
    /^Parsing (--\S+)\s+Expected an integer(.*) but received: (.*)$/s,
    ([, flag, bounds, value]) => `${flag} takes a whole number${bounds}, not ${JSON.stringify(value)}`,
  ],
  [/Missing required flag (\S+)$/, ([, flag], name) => `minimon ${name} needs --${flag}`],
  [/^Flag (--\S+) expects a value$/, ([, flag]) => `${flag} needs a value`],
  [
    /^Flag (--\S+) expects one of these values: (.*)$/,
    ([, flag, list]) => `${flag} needs a value, one of ${list}`,
  ],
  [/^Flag (--\S+) can only be specified once$/, ([, flag]) => `${flag} was given more than once`],
  [
    /(--[^\s=]+)(?:=.*)? cannot also be provided when using (--\S+)/s,
    ([, one, other]) => `${one} and ${other} cannot be combined`,
  ],
  [
    /All of the following must be provided when using (--\S+): (.*)$/,
    ([, flag, needed]) => `${flag} needs ${needed}`,
  ],
];

/** What other tools call it, in the order in which it is looked for. */
const OTHER_WORDS: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...['move', 'mv', 'set-location'].map((word) => [word, ['assign', 'rename']] as const),
  ...['delete', 'del', 'rm'].map((word) => [word, ['remove', 'revoke']] as const),
  ...['ls', 'get'].map((word) => [word, ['list']] as const),
  ...['describe', 'inspect'].map((word) => [word, ['show']] as const),
  ...['create', 'new'].map((word) => [word, ['add', 'issue']] as const),
]);

function otherWord([topic, word = '']: readonly string[], known: readonly string[]): string | undefined {
  const meant = OTHER_WORDS.get(word)?.find((command) => known.includes(`${topic} ${command}`));
  return meant === undefined ? undefined : `Did you mean ${topic} ${meant}?`;
}

function unknownCommand(
  words: readonly string[],
  argv: readonly string[],
  { commands }: CommandTree,
): ExpectedError {
  const known = commands.map(({ id }) => id.replaceAll(':', ' '));
  if (words.length === 0) {
    return new ExpectedError('USAGE', `no command before ${argv[0]?.replace(/=.*$/s, '')}`, {
      hint: 'Flags come after the command: minimon hosts list --json. minimon --help lists all commands.',
    });
  }
  const isTopic = known.some((command) => command.startsWith(`${words[0]} `));
  const typed = words.slice(0, isTopic ? 2 : 1).join(' ');
  // With a misspelt first word the second one helps.
  const near =
    otherWord(words, known) ?? didYouMean(words.slice(0, 2).join(' '), known) ?? didYouMean(typed, known);
  return new ExpectedError('USAGE', `unknown command ${JSON.stringify(typed)}`, {
    hint: `${near === undefined ? '' : `${near} `}minimon ${isTopic ? `${words[0]} ` : ''}--help lists them.`,
  });
}
