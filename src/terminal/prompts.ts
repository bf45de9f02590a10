// Prompts, only if stdin and stdout are terminals (inquirer is loaded on first use).
import { ExpectedError } from '../domain/errors.ts';
import { compareBytes, idError } from '../domain/names.ts';
import { safeText } from '../domain/safe-text.ts';
import { Interrupted, isInterrupt } from './errors.ts';

type TTY = { readonly isTTY?: boolean | undefined };

export type PromptStreams = {
  readonly stdin: NodeJS.ReadableStream & TTY;
  readonly stdout: NodeJS.WritableStream & TTY;
  /** --no-input: never prompt. */
  readonly noInput?: boolean | undefined;
};

type HostChoice = {
  readonly hostId: string;
  /** Shown beside it: its state, address, suggested location. */
  readonly about?: string | undefined;
  readonly checked?: boolean;
};

type Choice<Value extends string = string> = {
  readonly value: Value;
  /** Shown instead of the value. */
  readonly name?: string;
  readonly about?: string;
};

export type Prompts = {
  /** Whether a question would be asked. When false every question below throws NEEDS_CONFIRMATION. */
  readonly canAsk: boolean;
  /**
   * True after a yes, or when `yes` is set. `action` completes "would ... ": "remove 3 hosts".
   * All throw Interrupted on Ctrl-C.
   */
  confirm(question: { readonly action: string; readonly yes?: boolean | undefined }): Promise<boolean>;
  /** At least one of the choices. `otherwise` says how to do it without questions ("name the hosts: minimon hosts assign HOST..."). */
  pickHosts(question: {
    readonly message: string;
    readonly choices: readonly HostChoice[];
    readonly otherwise: string;
  }): Promise<readonly string[]>;
  /** One of the locations, or a new one that is typed (checked as an id). */
  pickOrTypeLocation(question: {
    readonly message: string;
    readonly locations: readonly string[];
    readonly suggested?: string | undefined;
    readonly otherwise: string;
  }): Promise<string>;
  /** For a series of questions; to be asked where `canAsk` is true. */
  select<Value extends string>(question: {
    readonly message: string;
    readonly choices: readonly Choice<Value>[];
    readonly default?: Value;
  }): Promise<Value>;
  /** One of many, narrowed down by typing. */
  search(question: { readonly message: string; readonly choices: readonly Choice[] }): Promise<string>;
  pickSome(question: {
    readonly message: string;
    readonly choices: readonly Choice[];
  }): Promise<readonly string[]>;
  /** Without white space at either end; asked again while `validate` says what is wrong with it. */
  input(question: {
    readonly message: string;
    readonly default?: string;
    readonly validate: (text: string) => string | undefined;
  }): Promise<string>;
};

const PAGE = 15;

/** Asks one question of inquirer's; Interrupted on Ctrl-C. */
async function askInquirer(
  { stdin, stdout }: Pick<PromptStreams, 'stdin' | 'stdout'>,
  question: Record<string, unknown>,
): Promise<unknown> {
  const { default: inquirer } = await import('inquirer');
  const prompt = inquirer.createPromptModule({ input: stdin, output: stdout });
  const asked = prompt([{ ...question, name: 'answer' }] as unknown as Parameters<typeof prompt>[0]);
  // A closed terminal never answers: without this the prompt would hang.
  const close = () => asked.ui.close();
  stdin.once('end', close);
  try {
    const { answer } = await asked;
    return answer;
  } catch (error) {
    throw isInterrupt(error) ? new Interrupted('interrupted by Ctrl-C', { cause: error }) : error;
  } finally {
    stdin.off('end', close);
  }
}

export function createPrompts({ stdin, stdout, noInput = false }: PromptStreams): Prompts {
  const canAsk = !noInput && stdin.isTTY === true && stdout.isTTY === true;
  const ask = (question: Record<string, unknown>) => askInquirer({ stdin, stdout }, question);

  const needsTerminal = (message: string, hint: string): ExpectedError =>
    new ExpectedError('NEEDS_CONFIRMATION', `${message}, but there is no terminal`, { hint });

  return {
    canAsk,

    async confirm({ action, yes = false }) {
      if (yes) return true;
      if (!canAsk)
        throw needsTerminal(
          `this would ${action} and needs confirmation`,
          'Add --yes to do it without confirmation.',
        );
      const answer = await ask({
        type: 'confirm',
        message: `${safeText(upperFirst(action))}?`,
        default: false,
      });
      return answer === true;
    },

    async pickHosts({ message, choices, otherwise }) {
      if (!canAsk) throw needsTerminal('no host was given', otherwise);
      const answer = await ask({
        type: 'checkbox',
        message,
        required: true,
        pageSize: PAGE,
        loop: false,
        choices: choices.map(({ hostId, about, checked = false }) => ({
          value: hostId,
          name: about ? `${safeText(hostId)}  ${safeText(about)}` : safeText(hostId),
          short: safeText(hostId),
          checked,
        })),
      });
      return Array.isArray(answer) ? answer.filter((item): item is string => typeof item === 'string') : [];
    },

    async pickOrTypeLocation({ message, locations, suggested, otherwise }) {
      if (!canAsk) throw needsTerminal('no location was given', otherwise);
      const answer = await ask({
        type: 'search',
        message,
        pageSize: PAGE,
        source: (term: string | undefined) => locationChoices(locations, { term, suggested }),
      });
      return String(answer);
    },

    select: async ({ message, choices, default: preset }) =>
      (await ask({
        type: 'select',
        message,
        loop: false,
        choices: choices.map(shownChoice),
        default: preset,
      })) as (typeof choices)[number]['value'],

    async search({ message, choices }) {
      const answer = await ask({
        type: 'search',
        message,
        pageSize: PAGE,
        source: (term = '') =>
          choices.map(shownChoice).filter(({ name }) => name.toLowerCase().includes(term.toLowerCase())),
      });
      return String(answer);
    },

    async pickSome({ message, choices }) {
      const shown = choices.map(shownChoice);
      const answer = await ask({ type: 'checkbox', message, pageSize: PAGE, loop: false, choices: shown });
      return Array.isArray(answer) ? answer.map(String) : [];
    },

    async input({ message, default: preset, validate }) {
      const answer = await ask({
        type: 'input',
        message,
        default: preset,
        validate: (text: string) => validate(text.trim()) ?? true,
      });
      return String(answer).trim();
    },
  };
}

const shownChoice = <Value extends string>({ value, name = value, about }: Choice<Value>) => ({
  value,
  name: about ? `${safeText(name)}  ${safeText(about)}` : safeText(name),
  short: safeText(name),
});

type LocationChoice = { readonly value: string; readonly name: string; readonly disabled?: string };

/** What the list shows for what was typed so far: matching locations, the suggested one first, and the typed one as new. */
export function locationChoices(
  locations: readonly string[],
  { term = '', suggested }: { readonly term?: string | undefined; readonly suggested?: string | undefined },
): readonly LocationChoice[] {
  const typed = term.trim();
  const known = new Set(suggested === undefined ? locations : [...locations, suggested]);
  const matches = [...known]
    .filter((location) => location.toLowerCase().includes(typed.toLowerCase()))
    .sort((a, b) => Number(b === suggested) - Number(a === suggested) || compareBytes(a, b))
    .map((location) => ({
      value: location,
      name: location === suggested ? `${safeText(location)}  (suggested)` : safeText(location),
    }));
  if (typed === '' || known.has(typed)) return matches;
  const error = idError(typed, 'location');
  const name = `${safeText(typed)}  (new)`;
  return [...matches, error ? { value: typed, name, disabled: error } : { value: typed, name }];
}

const upperFirst = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
