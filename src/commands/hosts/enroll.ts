// minimon hosts enroll: a join token for hosts that are to report, or leave for another machine to be a host.
import { hostname } from 'node:os';
import { Flags } from '@oclif/core';
import { formatAddress, isLoopback, PORTS, parseAddress } from '../../domain/address.ts';
import { resolveAhead } from '../../domain/time-ahead.ts';
import {
  authorFlag,
  BaseCommand,
  clientFlags,
  newLocationFlag,
  outputFlags,
  outputFormat,
  renderOptions,
  yesFlag,
} from '../../terminal/base-command.ts';
import { joinName, joinTokenText, replacedText } from '../../terminal/enrolments-view.ts';
import { confirmNewLocations, newLocations } from '../../terminal/new-locations.ts';
import { renderListing } from '../../terminal/output.ts';
import { createdListing } from '../../terminal/tokens-view.ts';

export default class HostsEnroll extends BaseCommand {
  static override description =
    `Make a join token and print it: a host exchanges it for a credential of its own
Below it stands the certificate of the authority that this command trusts (tls.ca), so that the host trusts it too.
With --replace HOST it makes none, but lets the machine that asks to be HOST take its place (hosts enrolled lists them).`;
  static override examples = [
    '<%= config.bin %> hosts enroll --location 725 > join.token',
    '<%= config.bin %> hosts enroll --count 20 --expires 3d > join.token',
    '<%= config.bin %> hosts enroll --replace web-1',
  ];
  static override flags = {
    location: Flags.string({
      char: 'l',
      description: 'Location in which hosts are put that have none',
      helpValue: 'LOCATION',
    }),
    ...newLocationFlag,
    yes: yesFlag,
    count: Flags.integer({
      description: 'How many hosts may join with it',
      helpValue: 'N',
      default: 1,
      min: 1,
    }),
    expires: Flags.string({ description: 'Its end: 1h, 3d, 2027-03-28', helpValue: 'TIME', default: '1h' }),
    name: Flags.string({ description: 'What it is called in lists and the audit log', helpValue: 'NAME' }),
    replace: Flags.string({
      description: 'Let another machine be this host: the one that asks, else the next within the hour',
      helpValue: 'HOST',
      exclusive: ['location', 'name'],
    }),
    author: authorFlag,
    ...outputFlags,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(HostsEnroll);
    const screen = this.screen(flags);
    const settings = await this.settings(flags);
    const manage = await this.context.openManage(settings);
    const actor = this.author(flags);
    if (flags.replace !== undefined) {
      const hostId = flags.replace;
      this.say(replacedText(hostId, await manage.replaceHost({ hostId, actor }), screen));
      return;
    }
    const ends = resolveAhead(flags.expires, screen);
    if (ends.note) this.say(ends.note);
    if (flags.location !== undefined && !flags['new-location'] && !flags.yes) {
      const made = await newLocations(manage, [flags.location]);
      if (made.length > 0 && !(await confirmNewLocations(made, this.context)))
        return this.say('Nothing was made.');
    }
    const { location, count: hosts, name = joinName(screen.nowMs) } = flags;
    const { token, info } = await manage.createJoinToken({
      ...{ name, hosts, endsMs: ends.atMs, actor },
      ...(location !== undefined && { location }),
    });
    const authority = settings.tls?.ca === undefined ? '' : `${String(settings.tls.ca).trim()}\n`;
    if (outputFormat(flags) === 'table') await this.print(`${token}\n${authority}`);
    else await this.print(renderListing(createdListing(token, info), await renderOptions(flags, screen)));
    const report = settings.reports?.[0] ?? formatAddress({ host: '127.0.0.1', port: PORTS.reportGrpc });
    const reached = { report: fromOutside(report), manage: fromOutside(settings.manageHttp) };
    this.say(joinTokenText(info, { hosts, ...reached }, screen));
  }
}

/** As another machine calls it. */
function fromOutside(address: string): string {
  const { host, port } = parseAddress(address);
  return formatAddress({ host: isLoopback(host) ? hostname() : host, port });
}
