// Questions to a person, asked only where one sits: stdin and stdout are terminals. inquirer is loaded for the first one.
import { ExpectedError } from '../domain/errors.ts';
import { compareBytes, idError } from '../domain/names.ts';
import { safeText } from '../domain/safe-text.ts';
import { Interrupted, isInterrupt } from './exit-codes.ts';

type TTY = { readonly isTTY?: boolean | undefined };

export type PromptStreams = {
  readonly stdin: NodeJS.ReadableStream & TTY;
  readonly stdout: NodeJS.WritableStream & TTY;
  /** --no-input: never ask, whatever the streams are. */
  readonly noInput?: boolean | undefined;
};

export type HostChoice = {
  readonly hostId: string;
  /** Shown beside it: its state, address, suggested location. */
  readonly about?: string | undefined;
  readonly checked?: boolean;
};

export type Prompts = {
  /** Whether a question would be asked. When false every question below throws NEEDS_CONFIRMATION. */
  readonly canAsk: boolean;
  /**
   * True when the person says yes, or `yes` was given beforehand. `action` completes "would ... ": "remove 3 hosts".
   * All throw Interrupted on Ctrl-C.
   */
  confirm(question: { readonly action: string; readonly yes?: boolean | undefined }): Promise<boolean>;
  /** At least one of the choices. `otherwise` says how to do it without questions ("name the hosts: minimon hosts assign HOST..."). */
  pickHosts(question: {
    readonly message: string;
    readonly choices: readonly HostChoice[];
    readonly otherwise: string;
  }): Promise<readonly string[]>;
  /** One of the locations, or a new one that is typed (it keeps the rules of names). */
  pickOrTypeLocation(question: {
    readonly message: string;
    readonly locations: readonly string[];
    readonly suggested?: string | undefined;
    readonly otherwise: string;
  }): Promise<string>;
};

const PAGE = 15;

export function createPrompts({ stdin, stdout, noInput = false }: PromptStreams): Prompts {
  const canAsk = !noInput && stdin.isTTY === true && stdout.isTTY === true;

  async function ask(question: Record<string, unknown>): Promise<unknown> {
    const { default: inquirer } = await import('inquirer');
    const prompt = inquirer.createPromptModule({ input: stdin, output: stdout });
    const asked = prompt([{ ...question, name: 'answer' }] as unknown as Parameters<typeof prompt>[0]);
    // A terminal that goes away (a closed window) answers nothing: without this the question would wait for ever.
    const close = () => asked.ui.close();
    stdin.once('end', close);
    try {
      const { answer } = await asked;
      return answer;
    } catch (error) {
      throw isInterrupt(error) ? new Interrupted('ended by Ctrl-C', { cause: error }) : error;
    } finally {
      stdin.off('end', close);
    }
  }

  const needsTerminal = (message: string, hint: string): ExpectedError =>
    new ExpectedError('NEEDS_CONFIRMATION', `${message}, but there is no terminal to ask on`, { hint });

  return {
    canAsk,

    async confirm({ action, yes = false }) {
      if (yes) return true;
      if (!canAsk)
        throw needsTerminal(`this would ${action} and asks first`, 'Say --yes to do it without a question.');
      const answer = await ask({
        type: 'confirm',
        message: `${safeText(upperFirst(action))}?`,
        default: false,
      });
      return answer === true;
    },

    async pickHosts({ message, choices, otherwise }) {
      if (!canAsk) throw needsTerminal('no host was named', otherwise);
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
      if (!canAsk) throw needsTerminal('no location was named', otherwise);
      const answer = await ask({
        type: 'search',
        message,
        pageSize: PAGE,
        source: (term: string | undefined) => locationChoices(locations, { term, suggested }),
      });
      return String(answer);
    },
  };
}

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
  const fault = idError(typed, 'location');
  const name = `${safeText(typed)}  (new)`;
  return [...matches, fault ? { value: typed, name, disabled: fault } : { value: typed, name }];
}

const upperFirst = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
