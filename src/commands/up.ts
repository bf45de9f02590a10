// minimon up: the whole system on this machine, with this host on the screen.
import { Flags } from '@oclif/core';
import type { Host } from '../api/manage.ts';
import { isUnderNohup } from '../assembly/environment.ts';
import { settingsOf } from '../assembly/flag-settings.ts';
import { superviseUntilSignal } from '../assembly/signals.ts';
import { prepareUp } from '../assembly/up.ts';
import { BaseCommand, TIME_FORMS } from '../terminal/base-command.ts';
import { agentFlags, daemonFlags, faultFlag } from '../terminal/daemon-flags.ts';
import { firstTable, showUp } from '../terminal/up-screen.ts';

export default class UpCommand extends BaseCommand {
  static override description =
    'Run the whole system on this machine: all daemons in one process, everything in one directory';
  static override examples = [
    '<%= config.bin %> up',
    '<%= config.bin %> up --simulate 50',
    '<%= config.bin %> up --data /srv/minimon --port-offset 1000',
  ];
  static override flags = {
    simulate: Flags.integer({
      description: 'Also simulate this many hosts',
      helpValue: 'N',
      min: 1,
    }),
    locations: Flags.integer({
      description: 'Number of locations of the simulated hosts [default: 5]',
      helpValue: 'N',
      min: 1,
      dependsOn: ['simulate'],
    }),
    since: Flags.string({
      description: `Since when to backfill their history [default: 24h]: ${TIME_FORMS}`,
      helpValue: 'TIME',
      dependsOn: ['simulate'],
    }),
    fault: faultFlag({ dependsOn: ['simulate'] }),
    ...agentFlags,
    ...daemonFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(UpCommand);
    const screen = () => this.screen(flags);
    const drawn = screen().cursor;
    const simulate =
      flags.simulate === undefined
        ? undefined
        : {
            hosts: flags.simulate,
            locations: Math.min(flags.locations ?? 5, flags.simulate),
            since: `${this.context.nowMs() - this.sinceMs(flags.since ?? '24h', flags)}ms`,
            fault: flags.fault,
          };
    const request = { ...this.context, file: flags.config, flags: settingsOf(flags), simulate, drawn };
    const { up, logger, data, version, fatal, deaths, manager, held, logLines } = await prepareUp(request);
    const ignoresHangup = isUnderNohup(this.context.environment);
    if (held) {
      this.say(held.text);
      process.exitCode = await superviseUntilSignal(held, { logger, manager, ignoresHangup });
      return;
    }
    const ending = new AbortController();
    const shown = (text: Promise<unknown>) =>
      text.catch((error: unknown) => logger.error({ err: error }, 'the screen failed'));
    let picture: Promise<unknown> = Promise.resolve();

    const onStarted = () => {
      const offset = flags['port-offset'] ? ` --port-offset ${flags['port-offset']}` : '';
      const tries = (host: Host | undefined) =>
        [
          'metrics --watch',
          ...(host?.location === undefined
            ? ['hosts unmanaged', `hosts assign ${up.hostId()} --location 725`]
            : ['top', 'alerts add']),
        ].map((command) => `npx minimon ${command}${offset}`);
      const live = { writer: this.writer, stream: this.context.stdout, readScreen: screen };
      const about = {
        version,
        data,
        tries,
        log: () => logLines?.recent() ?? [],
        logPath: logLines?.path ?? '',
      };
      picture = drawn
        ? shown(showUp({ up, about, live, signal: ending.signal }))
        : shown(this.printStart(up, { tries, data, signal: ending.signal, screen }));
    };
    process.exitCode = await superviseUntilSignal(up, {
      logger,
      manager,
      ignoresHangup,
      fatal,
      onFatal: deaths.note,
      onStarted,
      onStopping: () => {
        ending.abort();
        if (drawn) void picture.then(() => this.say('Stopping ...'));
      },
    });
    await picture;
    this.say('Stopped.');
  }

  /** Without a terminal: one line per daemon, "ready", the first table; then the log. */
  private async printStart(
    up: Awaited<ReturnType<typeof prepareUp>>['up'],
    about: {
      readonly tries: (host: Host | undefined) => readonly string[];
      readonly data: string;
      readonly signal: AbortSignal;
      readonly screen: () => ReturnType<BaseCommand['screen']>;
    },
  ): Promise<void> {
    const lines = Map.groupBy(up.listeners(), (listener) => listener.daemon);
    for (const [daemon, listeners] of lines) {
      await this.print(
        `${daemon.padEnd(8)} ${listeners.map(({ protocol, address }) => `${protocol} ${address}`).join('  ')}\n`,
      );
    }
    await this.print(`ready    ${up.hostId()} reports into ${about.data}\n`);
    const table = await firstTable(up, about.screen, about.signal);
    if (table === '') return;
    const tries = about.tries(await up.host());
    await this.print(`\n${table}\n${tries.map((command) => `try      ${command}\n`).join('')}`);
  }
}
