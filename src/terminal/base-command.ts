// The base class of all commands: context, screen, output, client settings, and the flags of listings.
import { userInfo } from 'node:os';
import { Command, Flags } from '@oclif/core';
import { type CliContext, openCliContext } from '../assembly/cli-context.ts';
import { type ClientSettings, clientSettings } from '../assembly/client-settings.ts';
import { ExpectedError } from '../domain/errors.ts';
import { formatInstant } from '../domain/instant.ts';
import { safeLines, safeText } from '../domain/safe-text.ts';
import { resolveTime } from '../domain/time-range.ts';
import { clockDifference } from './clock-difference.ts';
import type { DisplayParts } from './live/display.ts';
import { loadYaml, OUTPUT_FORMATS, type OutputFormat, type RenderOptions } from './output.ts';
import { pagerFor } from './pager.ts';
import { createPrompts } from './prompts.ts';
import { readScreen, type Screen } from './screen.ts';
import { truncate } from './text.ts';
import type { LiveParts } from './watch.ts';
import { createWriter, type Writer } from './writer.ts';

/** The user name from the operating system: cron and containers set no USER. */
function systemUser(): string {
  try {
    return userInfo().username || 'anonymous';
  } catch {
    // The user id has no passwd entry.
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
  description: 'Refresh in place; with --json one object per line',
});

/** For commands that remove or revoke; see `agreed`. */
export const yesFlag = Flags.boolean({ char: 'y', description: 'Do not ask for confirmation' });

/** Of commands that name the location of hosts: see `newLocations`. */
export const newLocationFlag = {
  'new-location': Flags.boolean({ description: 'Create missing locations without asking' }),
};

/** Of commands that change hosts. */
export const changeFlags = {
  yes: yesFlag,
  'dry-run': Flags.boolean({ description: 'Show what would change, and change nothing' }),
};

export const authorFlag = Flags.string({
  description: 'Name for the audit log [default: the user]',
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
    description: 'Do not page output that is longer than the terminal (PAGER, by default less)',
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
      'Profile with server and token (also MINIMON_PROFILE) [default: the one set by `config use`]',
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
    description: 'Log each request and its outcome on stderr',
    helpGroup: 'SERVER',
  }),
};

const hidden = <Flag extends object>(flag: Flag): Flag => ({ ...flag, hidden: true });

/**
 * Accepted, but not used, by commands that call no service: a script or an alias may set these flags for all commands.
 */
export const unusedClientFlags = {
  server: hidden(clientFlags.server),
  'port-offset': hidden(clientFlags['port-offset']),
  profile: hidden(clientFlags.profile),
  timeout: hidden(clientFlags.timeout),
};

/** What --since and --until take, for their descriptions. */
export const TIME_FORMS = '1h, 7d, 14:00, yesterday, 2026-03-28T14:00Z';

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
    // Lines of -v would corrupt a screen that is redrawn.
    this.#isDrawnOver = this.screen(flags).cursor && outputFormat(flags as OutputFlagValues) !== 'json';
    return { ...this.liveParts(flags), input: this.context.stdin };
  }

  /** Writes data to stdout. Resolves false when the reader closed the pipe. */
  protected async print(text: string): Promise<boolean> {
    const { environment, stdin, openPager } = this.context;
    const pager =
      openPager &&
      !this.argv.includes('--no-pager') &&
      pagerFor(text, { environment, screen: this.screen({}), typed: stdin.isTTY });
    return (pager && (await openPager(pager, text))) || this.writer.write(text);
  }

  /** Writes messages to stderr. */
  protected say(text: string): void {
    this.context.stderr.write(`${safeLines(text.replace(/\n$/, ''))}\n`);
  }

  /**
   * * Asks for confirmation, unless `--yes`; reports and returns false after a no. `action` completes "would ...":
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

  /** Warnings in a response. */
  protected sayWarnings(warnings: readonly string[]): void {
    for (const warning of warnings) this.say(`Warning: ${warning}`);
  }

  /** The actor, for the audit log. */
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

  #compareClocks(serverMs: number): void {
    if (this.#saidClock || this.#isDrawnOver) return;
    const difference = clockDifference(this.context.nowMs(), serverMs);
    if (difference === undefined) return;
    this.#saidClock = true;
    this.say(`Warning: ${difference}`);
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
