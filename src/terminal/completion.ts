// Completion candidates at the cursor: commands, flags, values of flags and arguments.
import type { KnownKind, KnownName } from '../assembly/known-names.ts';
import { safeText } from '../domain/safe-text.ts';
import { truncate } from './text.ts';

/** What oclif's manifest has of a command; ids are like `hosts:list`. */
export type CompletedCommand = {
  readonly id: string;
  readonly hidden?: boolean | undefined;
  readonly strict?: boolean | undefined;
  readonly description?: string | undefined;
  readonly args?: Readonly<Record<string, CompletedArgument>> | undefined;
  readonly flags?: Readonly<Record<string, CompletedFlag>> | undefined;
};
type CompletedArgument = { readonly options?: readonly string[] } | undefined;
type CompletedFlag = {
  readonly type?: string | undefined;
  readonly char?: string | undefined;
  readonly multiple?: boolean | undefined;
  readonly hidden?: boolean | undefined;
  readonly options?: readonly string[] | undefined;
  readonly helpValue?: string | readonly string[] | undefined;
  readonly description?: string | undefined;
};
export type CommandTree = {
  readonly commands: readonly CompletedCommand[];
  readonly topics: readonly { readonly name: string; readonly description?: string | undefined }[];
};

/** `files`: completed by the shell. `open`: the word is incomplete, so no space follows. */
export type Completion = {
  readonly kind: 'words' | 'files' | 'open';
  readonly candidates: readonly KnownName[];
};

export type CompletionRequest = {
  /** What was typed after `minimon`, the word at the cursor last, empty where a new one begins. */
  readonly words: readonly string[];
  readonly tree: CommandTree;
  /** Resolves with what is known, in time; never rejects. */
  readonly known: (kind: KnownKind) => Promise<readonly KnownName[]>;
};

type Values = KnownKind | 'files' | 'matchers' | readonly string[];

/** By the word that stands for the value in the help. */
const FLAG_VALUES: Readonly<Record<string, Values>> = {
  FILE: 'files',
  DIR: 'files',
  HOST: 'hosts',
  LOCATION: 'locations',
  METRIC: 'metrics',
  RULE: 'rules',
  RECEIVER: 'receivers',
  MATCHER: 'matchers',
  PROFILE: 'profiles',
};
/** Where the help says GLOB, the flag's own name tells of what. */
const GLOB_VALUES: Readonly<Record<string, Values>> = {
  host: 'hosts',
  location: 'locations',
  metric: 'metrics',
  rule: 'rules',
};
/** Arguments by name, those of one topic before those of all. */
const ARGUMENT_VALUES: Readonly<Record<string, Values>> = {
  host: 'hosts',
  hosts: 'hosts',
  location: 'locations',
  rule: 'rules',
  metric: 'metrics',
  'alerts name': 'rules',
  'config name': 'profiles',
  'receivers name': 'receivers',
  'receivers label': 'matchers',
  'silences id': 'silences',
  'tokens token': 'tokens',
  'silences matcher': 'matchers',
};
/** Arguments that are new names: existing ones are not offered. */
const NAMES_NEW = ['alerts:add', 'receivers:add'];
const MATCHER_VALUES: Readonly<Record<string, KnownKind | readonly string[]>> = {
  host: 'hosts',
  location: 'locations',
  rule: 'rules',
  metric: 'metrics',
  severity: ['info', 'warning', 'critical'],
};
/** A longer list is of no use in a terminal. */
const MOST = 2_000;

export async function complete(request: CompletionRequest): Promise<Completion> {
  const { tree } = request;
  const words = request.words.map(unquoted);
  const current = words.at(-1) ?? '';
  const typed = words.slice(0, -1);
  const command = commandOf(typed, tree);
  if (!command) return { kind: 'words', candidates: fitting(nextWords(typed, tree), current) };

  const rest = typed.slice(command.id.split(':').length);
  const flags = Object.entries(command.flags ?? {}).filter(([, flag]) => !flag.hidden);
  const [, name, separator, begun = ''] = /^(--[^=]+)(=)(.*)$/s.exec(current) ?? [];
  const owner = separator ? name! : rest.at(-1);
  const valued = owner === undefined ? undefined : flags.find((flag) => takesValue(flag, owner));
  if (valued && !rest.includes('--')) {
    const found = await valuesOf(flagValues(valued), separator ? begun : current, request);
    if (!separator) return found;
    return {
      ...found,
      candidates: found.candidates.map((one) => ({ ...one, value: `${name}=${one.value}` })),
    };
  }
  if (current.startsWith('-') && !rest.includes('--')) {
    return { kind: 'words', candidates: fitting(openFlags(flags, rest), current) };
  }
  const found = await valuesOf(argumentValues(command, positionals(rest, flags)), current, request);
  // `minimon metrics` is a command, and `minimon metrics list` is another.
  const next = rest.length === 0 ? fitting(nextWords(typed, tree), current) : [];
  return { ...found, candidates: [...next, ...found.candidates] };
}

type NamedFlag = readonly [string, CompletedFlag];

const named = ([name, { char }]: NamedFlag, word: string): boolean =>
  word === `--${name}` || (char !== undefined && word === `-${char}`);
const takesValue = (flag: NamedFlag, word: string): boolean =>
  flag[1].type !== 'boolean' && named(flag, word);

/** A shell hands on what was typed, an opening quote included. */
const unquoted = (word: string): string => word.replace(/^["']/, '').replace(/["']$/, '');

function commandOf(typed: readonly string[], { commands }: CommandTree): CompletedCommand | undefined {
  return commands
    .filter(({ id }) => id.split(':').every((part, i) => typed[i] === part))
    .sort((a, b) => b.id.length - a.id.length)[0];
}

/** What may follow the words so far, each once. */
function nextWords(typed: readonly string[], { commands, topics }: CommandTree): readonly KnownName[] {
  const found = new Map<string, KnownName>();
  for (const { id, hidden, description } of commands) {
    const path = id.split(':');
    if (hidden || !typed.every((word, i) => path[i] === word) || path.length <= typed.length) continue;
    const value = path[typed.length]!;
    const topic = topics.find(({ name }) => name === path.slice(0, typed.length + 1).join(':'));
    const about = path.length === typed.length + 1 ? description : topic?.description;
    if (!found.has(value)) found.set(value, about === undefined ? { value } : { value, about });
  }
  if (typed.length === 0) found.set('help', { value: 'help', about: 'Help on a command' });
  return [...found.values()];
}

/** Flags that are not given yet, or are repeatable. */
function openFlags(flags: readonly NamedFlag[], rest: readonly string[]): readonly KnownName[] {
  return flags
    .filter((flag) => flag[1].multiple || !rest.some((word) => named(flag, word.replace(/=.*$/s, ''))))
    .map(([name, { description }]) => ({
      value: `--${name}`,
      ...(description !== undefined && { about: description }),
    }))
    .concat({ value: '--help', about: 'Show help' });
}

function positionals(rest: readonly string[], flags: readonly NamedFlag[]): number {
  return rest.filter((word, i) => {
    if (word.startsWith('-') && word !== '-') return false;
    const before = rest[i - 1];
    return before === undefined || !flags.some((flag) => takesValue(flag, before));
  }).length;
}

function flagValues([name, { options, helpValue }]: NamedFlag): Values {
  if (options) return options;
  const word = String(helpValue ?? '');
  return FLAG_VALUES[word] ?? (word === 'GLOB' || word === '' ? GLOB_VALUES[name] : undefined) ?? [];
}

function argumentValues({ id, args = {}, strict }: CompletedCommand, before: number): Values {
  const names = Object.keys(args);
  const name = names[before] ?? (strict === false ? names.at(-1) : undefined);
  if (name === undefined || (name === 'name' && NAMES_NEW.includes(id))) return [];
  const [topic] = id.split(':');
  return args[name]?.options ?? ARGUMENT_VALUES[`${topic} ${name}`] ?? ARGUMENT_VALUES[name] ?? [];
}

async function valuesOf(values: Values, begun: string, { known }: CompletionRequest): Promise<Completion> {
  if (values === 'files') return { kind: 'files', candidates: [] };
  if (typeof values === 'string' && values !== 'matchers')
    return { kind: 'words', candidates: fitting(await known(values), begun) };
  if (values !== 'matchers')
    return {
      kind: 'words',
      candidates: fitting(
        values.map((value) => ({ value })),
        begun,
      ),
    };
  const [, label, value] = /^([^=~!]+)=(.*)$/s.exec(begun) ?? [];
  if (label === undefined) {
    const labels = Object.keys(MATCHER_VALUES).map((one) => ({ value: `${one}=` }));
    return { kind: 'open', candidates: fitting(labels, begun) };
  }
  const ofLabel = MATCHER_VALUES[label] ?? [];
  const found = typeof ofLabel === 'string' ? await known(ofLabel) : ofLabel.map((one) => ({ value: one }));
  return {
    kind: 'words',
    candidates: fitting(found, value!).map((one) => ({ ...one, value: `${label}=${one.value}` })),
  };
}

const fitting = (candidates: readonly KnownName[], begun: string): readonly KnownName[] =>
  candidates.filter(({ value }) => value.startsWith(begun)).slice(0, MOST);

/** For the shells' scripts: the kind, then a line a candidate, `value<TAB>about`. */
export const completionText = ({ kind, candidates }: Completion): string =>
  `${[kind, ...candidates.map(candidateLine)].join('\n')}\n`;

/** Longer descriptions are wrapped by zsh. */
const ABOUT_WIDTH = 60;

/** Of a description of several lines the first; of a value none that would be two. */
function candidateLine({ value, about }: KnownName): string {
  const line = about?.split('\n', 1).join('').replaceAll('\t', ' ');
  return line === undefined
    ? safeText(value)
    : `${safeText(value)}\t${truncate(safeText(line), ABOUT_WIDTH)}`;
}
