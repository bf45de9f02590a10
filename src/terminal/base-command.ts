// What every command inherits, once: the context, the screen, its output, the client settings, and the flags of listings.
import { userInfo } from 'node:os';
import { Command, Flags } from '@oclif/core';
import { type CliContext, openCliContext } from '../assembly/cli-context.ts';
import { type ClientSettings, clientSettings } from '../assembly/client-settings.ts';
import { roughDuration } from '../domain/duration.ts';
import { ExpectedError } from '../domain/errors.ts';
import { formatInstant } from '../domain/instant.ts';
import { safeLines, safeText } from '../domain/safe-text.ts';
import { resolveTime } from '../domain/time-range.ts';
import type { DisplayParts } from './live/display.ts';
import { loadYaml, OUTPUT_FORMATS, type OutputFormat, type RenderOptions } from './output.ts';
import { pagerFor } from './pager.ts';
import { createPrompts } from './prompts.ts';
import { readScreen, type Screen } from './screen.ts';
import { truncate } from './text.ts';
import type { LiveParts } from './watch.ts';
import { createWriter, type Writer } from './writer.ts';

/** The operating system's name for who runs this: cron and containers set no USER. */
function systemUser(): string {
  try {
    return userInfo().username || 'anonymous';
  } catch {
    // A user id without an entry has no name.
    return 'anonymous';
  }
}

export const outputFlags = {
  output: Flags.option({
    options: OUTPUT_FORMATS,
    char: 'o',
    description: 'Output format',
    helpGroup: 'OUTPUT',
  })(),
  json: Flags.boolean({ description: 'The same as -o json', exclusive: ['output'], helpGroup: 'OUTPUT' }),
  'no-headers': Flags.boolean({ description: 'Omit the header line', helpGroup: 'OUTPUT' }),
  sort: Flags.string({
    description: 'Sort by this column; --sort=-COLUMN reverses the order',
    helpValue: 'COLUMN',
    helpGroup: 'OUTPUT',
  }),
};

export const watchFlag = Flags.boolean({
  char: 'w',
  description: 'Refresh in place; with --json one object a line',
});

/** Of every command that removes or revokes: it asks with `agreed`. */
export const yesFlag = Flags.boolean({ char: 'y', description: 'Do not ask for confirmation' });

/** Of commands that name the location of hosts: see `newLocations`. */
export const newLocationFlag = {
  'new-location': Flags.boolean({ description: 'Make locations that are not there yet, without asking' }),
};

/** Of commands that change hosts. */
export const changeFlags = {
  yes: yesFlag,
  'dry-run': Flags.boolean({ description: 'Show what would change, and change nothing' }),
};

export const authorFlag = Flags.string({
  description: 'Who does this [default: the user]',
  helpValue: 'NAME',
});

type OutputFlagValues = {
  readonly output?: OutputFormat | undefined;
  readonly json?: boolean | undefined;
  readonly 'no-headers'?: boolean | undefined;
  readonly sort?: string | undefined;
};

export const outputFormat = (flags: OutputFlagValues): OutputFormat =>
  flags.output ?? (flags.json ? 'json' : 'table');

export async function renderOptions(flags: OutputFlagValues, screen: Screen): Promise<RenderOptions> {
  const format = outputFormat(flags);
  return {
    format,
    screen,
    noHeaders: flags['no-headers'],
    sort: flags.sort,
    yaml: format === 'yaml' ? await loadYaml() : undefined,
  };
}

/** Flags of every command. */
const globalFlags = {
  config: Flags.string({ description: 'Configuration file', helpValue: 'FILE', helpGroup: 'GLOBAL' }),
  'no-color': Flags.boolean({ description: 'Plain text (also NO_COLOR)', helpGroup: 'GLOBAL' }),
  utc: Flags.boolean({ description: 'Show times in UTC', helpGroup: 'GLOBAL' }),
  'no-pager': Flags.boolean({
    description: 'Never start a pager (PAGER, by default less) for what is longer than the terminal',
    helpGroup: 'GLOBAL',
  }),
};

/** Flags of commands that talk to the services; spread into their `flags`. */
export const clientFlags = {
  server: Flags.string({
    description: 'Host of the services (also MINIMON_SERVER) [default: 127.0.0.1]',
    helpValue: 'HOST',
    helpGroup: 'SERVER',
  }),
  'port-offset': Flags.integer({
    description: 'Added to every port, as with `up --port-offset`',
    helpValue: 'N',
    helpGroup: 'SERVER',
  }),
  profile: Flags.string({
    description:
      'Profile: which services, and as whom (also MINIMON_PROFILE) [default: that of `config use`]',
    helpValue: 'PROFILE',
    helpGroup: 'SERVER',
  }),
  timeout: Flags.string({
    description: 'Timeout of a request [default: 10s]',
    helpValue: '10s',
    helpGroup: 'SERVER',
  }),
  verbose: Flags.boolean({
    char: 'v',
    description: 'Say on stderr which calls are made, and how each ended',
    helpGroup: 'SERVER',
  }),
};

const hidden = <Flag extends object>(flag: Flag): Flag => ({ ...flag, hidden: true });

/** The same for commands that ask no service: what is set for all commands, in a script or an alias, does not stop these. */
export const unusedClientFlags = {
  server: hidden(clientFlags.server),
  'port-offset': hidden(clientFlags['port-offset']),
  profile: hidden(clientFlags.profile),
  timeout: hidden(clientFlags.timeout),
};

/** What --since and --until take, for their descriptions. */
export const TIME_FORMS = '1h, 7d, 14:00, yesterday, 2026-03-28T14:00Z';

/** More than an answer takes, and than clocks differ that somebody keeps. */
const CLOCKS_DIFFER_MS = 60_000;

type AnyFlags = Readonly<Record<string, unknown>>;

export abstract class BaseCommand extends Command {
  static override baseFlags = globalFlags;
  /** Replaced by tests. */
  static openContext: () => CliContext = openCliContext;

  #context: CliContext | undefined;
  #writer: Writer | undefined;
  #isDrawnOver = false;
  #saidClock = false;

  protected get context(): CliContext {
    return (this.#context ??= (this.constructor as typeof BaseCommand).openContext());
  }

  protected screen(flags: AnyFlags): Screen {
    const { environment, stdout, nowMs } = this.context;
    return readScreen({
      env: environment,
      stream: stdout,
      nowMs: nowMs(),
      utc: flags['utc'] === true,
      noColor: flags['no-color'] === true,
    });
  }

  protected get writer(): Writer {
    return (this.#writer ??= createWriter(this.context.stdout));
  }

  /** What --watch draws with. */
  protected liveParts(flags: AnyFlags): LiveParts {
    return { writer: this.writer, stream: this.context.stdout, readScreen: () => this.screen(flags) };
  }

  /** What a whole screen is drawn with. */
  protected displayParts(flags: AnyFlags): DisplayParts {
    // On a screen that is drawn over, lines of -v would be dirt.
    this.#isDrawnOver = this.screen(flags).cursor && outputFormat(flags as OutputFlagValues) !== 'json';
    return { ...this.liveParts(flags), input: this.context.stdin };
  }

  /** Data, to stdout. Resolves false when the reader has gone. */
  protected async print(text: string): Promise<boolean> {
    const { environment, stdin, openPager } = this.context;
    const pager =
      openPager &&
      !this.argv.includes('--no-pager') &&
      pagerFor(text, { environment, screen: this.screen({}), typed: stdin.isTTY });
    return (pager && (await openPager(pager, text))) || this.writer.write(text);
  }

  /** Anything that is not data, to stderr. */
  protected say(text: string): void {
    this.context.stderr.write(`${safeLines(text.replace(/\n$/, ''))}\n`);
  }

  /**
   * What removes or revokes asks first, unless `--yes`; false after a no, which is said. `action` completes "would ...":
   * "remove rule high-cpu". NEEDS_CONFIRMATION without a terminal.
   */
  protected async agreed(question: { readonly action: string; readonly yes: boolean }): Promise<boolean> {
    const isAgreed = await createPrompts(this.context).confirm(question);
    if (!isAgreed) this.say('Nothing was changed.');
    return isAgreed;
  }

  /** Progress, on a terminal in one line that is overwritten; elsewhere nothing. */
  protected showProgress(text: string): void {
    const { stderr } = this.context;
    if (!stderr.isTTY) return;
    stderr.write(`\r\u001b[K${truncate(safeText(text), Math.max(1, (stderr.columns || 80) - 1))}`);
  }

  /** Ends the line of progress; `keep` leaves it on the screen. */
  protected endProgress({ keep }: { readonly keep: boolean }): void {
    const { stderr } = this.context;
    if (stderr.isTTY) stderr.write(keep ? '\n' : '\r\u001b[K');
  }

  /** Warnings that came with an answer. */
  protected sayWarnings(warnings: readonly string[]): void {
    for (const warning of warnings) this.say(`Warning: ${warning}`);
  }

  /** Who does this, for whoever reads it later. */
  protected author(flags: AnyFlags): string {
    const { USER, LOGNAME, USERNAME } = this.context.environment;
    return (flags['author'] as string | undefined) || USER || LOGNAME || USERNAME || systemUser();
  }

  /** The instant that --since names; BAD_RANGE when it is in the future. */
  protected sinceMs(since: string, flags: AnyFlags): number {
    const nowMs = this.context.nowMs();
    const timeMs = resolveTime(since, { nowMs, utc: flags['utc'] === true });
    if (timeMs <= nowMs) return timeMs;
    throw new ExpectedError('BAD_RANGE', `--since ${since} is in the future`, {
      hint: `It is ${formatInstant(nowMs)} now.`,
    });
  }

  protected async settings(flags: AnyFlags): Promise<ClientSettings> {
    const settings = await clientSettings(
      {
        server: flags['server'] as string | undefined,
        portOffset: flags['port-offset'] as number | undefined,
        timeout: flags['timeout'] as string | undefined,
        config: flags['config'] as string | undefined,
        profile: flags['profile'] as string | undefined,
      },
      this.context.environment,
    );
    return {
      ...settings,
      onServerTime: (serverMs) => this.#compareClocks(serverMs),
      ...(flags['verbose'] === true && { onCall: (call: string) => this.#sayCall(call) }),
    };
  }

  /** Ranges and ages are by this machine's clock: where it is wrong they show nothing, or the wrong time. */
  #compareClocks(serverMs: number): void {
    const aheadMs = this.context.nowMs() - serverMs;
    if (this.#saidClock || this.#isDrawnOver || Math.abs(aheadMs) < CLOCKS_DIFFER_MS) return;
    this.#saidClock = true;
    const direction = aheadMs > 0 ? 'ahead of' : 'behind';
    this.say(
      `Warning: this machine's clock is ${roughDuration(Math.abs(aheadMs))} ${direction} the server's: times that count from now (--since 1h) may miss what was meant`,
    );
  }

  #sayCall(call: string): (outcome: string) => void {
    const startMs = this.context.nowMs();
    const say = (text: string) => {
      if (!this.#isDrawnOver) this.say(text);
    };
    say(call);
    return (outcome) => say(`${call}: ${outcome}, ${this.context.nowMs() - startMs} ms`);
  }

  protected override async catch(error: Error): Promise<void> {
    // main.ts prints it and sets the exit code; oclif's own handling would print argv with it.
    throw error;
  }
}
