// minimon check: evaluates hosts now, as a plugin for Nagios, Icinga and other monitoring systems.
import { Args, Flags } from '@oclif/core';
import { listAllHosts, readHosts } from '../api/hosts.ts';
import type { Host, ManageClient } from '../api/manage.ts';
import { judgeByRule, savedRule } from '../assembly/check-rule.ts';
import { type HostVerdict, judgeHosts } from '../assembly/judge-hosts.ts';
import { ExpectedError, messageOf } from '../domain/errors.ts';
import { readExpression, unknownMetric } from '../domain/expression/check.ts';
import { isOfLocations } from '../domain/expression/syntax.ts';
import { BaseCommand, clientFlags } from '../terminal/base-command.ts';
import { type CheckLine, checkLine, EXITS, unknownLine } from '../terminal/check-line.ts';
import { usageError } from '../terminal/usage-errors.ts';

export default class Check extends BaseCommand {
  static override description =
    'Evaluate a condition on hosts now, as a Nagios plugin: one line with performance data, exit 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN';
  static override examples = [
    "<%= config.bin %> check --host web-17 'cpu.usage > 80 warning, > 95 critical'",
    "<%= config.bin %> check --location 725 'disk.usage > 90 for 5m'",
    '<%= config.bin %> check --host web-17 --rule disk-full',
  ];
  static exitCodes = '0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN or the check itself failed';
  static override strict = false;
  static override args = {
    expression: Args.string({
      ignoreStdin: true,
      description: 'Condition that is a problem, in quotes; critical if it names no severity',
    }),
  };
  static override flags = {
    host: Flags.string({
      char: 'H',
      description: 'A host id or glob',
      helpValue: 'HOST',
      exclusive: ['location'],
    }),
    location: Flags.string({ char: 'l', description: 'All hosts of this location', helpValue: 'LOCATION' }),
    rule: Flags.string({ description: 'Use this saved rule, as warn evaluates it', helpValue: 'RULE' }),
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Check);
    const text = (argv as string[]).join(' ');
    if ((text !== '') === (flags.rule !== undefined))
      throw new ExpectedError('USAGE', 'name an expression or a --rule');
    if (flags.host === undefined && flags.location === undefined)
      throw new ExpectedError('USAGE', 'name a --host or a --location');
    const expression = text === '' ? undefined : readExpression(text);
    if (expression && isOfLocations(expression))
      throw new ExpectedError('USAGE', 'a share of hosts can only be checked as a saved rule: use --rule');
    const settings = await this.settings(flags);
    const [manage, analyze] = [
      await this.context.openManage(settings),
      await this.context.openAnalyze(settings),
    ];
    const hosts = await hostsOf(manage, flags);
    const nowMs = this.context.nowMs();
    // A glob may match several hosts: the line then has counts.
    const several = hosts.length > 1 ? flags.host : undefined;
    const scope = flags.location === undefined ? several : `location ${flags.location}`;
    if (expression) {
      const severity = 'critical';
      const verdicts = await judgeHosts({ analyze }, hosts, { expression, severity, nowMs });
      if (verdicts.every(({ unknown }) => unknown !== undefined)) refuseUnknownMetric(text);
      return this.answer(checkLine(verdicts, { expression, severity, ...(scope && { scope }) }));
    }
    const rule = await savedRule(manage, flags.rule!);
    const definition = { ...rule, expression: readExpression(rule.expression) };
    const warn = await this.context.openWarn(settings);
    const isShare = isOfLocations(definition.expression);
    const judged = isShare ? await neighboursOf(manage, hosts) : hosts;
    const verdicts: HostVerdict[] = await judgeByRule({ analyze, warn }, judged, { definition, nowMs });
    if (verdicts.length === 0)
      throw new ExpectedError(
        'USAGE',
        `rule ${rule.name} does not apply to ${flags.host ?? `a host of ${scope}`}`,
      );
    return this.answer(checkLine(verdicts, { ...definition, ...(scope && { scope }) }));
  }

  private async answer({ text, exit }: CheckLine): Promise<void> {
    const written = await this.print(text);
    // The reader closed the pipe before it could read the result: not OK.
    process.exitCode = written ? exit : EXITS.UNKNOWN;
  }

  /** Errors of the check itself are UNKNOWN, wrong flags too: exit code 2 would mean CRITICAL. */
  protected override async catch(error: Error): Promise<void> {
    const isOclif = 'oclif' in error && !(error instanceof ExpectedError);
    const told = isOclif
      ? usageError(error, ['check', ...this.argv], { commands: [{ id: 'check', flags: Check.flags }] })
      : error;
    const hint = told instanceof ExpectedError && told.hint !== undefined ? `. ${told.hint}` : '';
    await this.answer(unknownLine(`${inOneLine(messageOf(told))}${hint}`));
  }
}

/** Drops the line of carets, which means nothing once the message is one line. */
const inOneLine = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !/^\s*\^+$/.test(line))
    .map((line) => line.trim())
    .join(': ');

/** Hosts may report unknown metrics; if no host can be judged, the name is probably wrong. */
function refuseUnknownMetric(text: string): void {
  const doubt = unknownMetric(text);
  if (doubt !== undefined)
    throw new ExpectedError('USAGE', `${doubt.message}: no host can be judged`, {
      ...(doubt.hint !== undefined && { hint: doubt.hint }),
    });
}

async function hostsOf(
  manage: ManageClient,
  { host, location }: { readonly host?: string | undefined; readonly location?: string | undefined },
): Promise<readonly Host[]> {
  if (location !== undefined) {
    const { hosts, warnings } = await listAllHosts(manage, { location });
    // Without analyze it is unknown which hosts report.
    if (hosts.length === 0 && warnings.length > 0) throw new ExpectedError('UNAVAILABLE', warnings[0]!);
    return hosts;
  }
  return readHosts(manage, [host!]);
}

/** All hosts in the locations of these hosts. */
async function neighboursOf(manage: ManageClient, hosts: readonly Host[]): Promise<readonly Host[]> {
  const locations = new Set(hosts.flatMap(({ location }) => location ?? []));
  const found: Host[] = [];
  for (const location of locations) found.push(...(await listAllHosts(manage, { location })).hosts);
  return found;
}
