// minimon hosts enroll: creates a join token for new hosts, or lets another machine replace a host.
import { hostname } from 'node:os';
import { Flags } from '@oclif/core';
import type { ManageService } from '../../api/manage.ts';
import { formatAddress, isLoopback, PORTS, parseAddress } from '../../domain/address.ts';
import { shortMachineId } from '../../domain/enrolment.ts';
import { ExpectedError } from '../../domain/errors.ts';
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
import { joinName, joinTokenText, replacedText, replacementText } from '../../terminal/enrolments-view.ts';
import { confirmNewLocations, newLocations } from '../../terminal/new-locations.ts';
import { renderListing } from '../../terminal/output.ts';
import { createPrompts } from '../../terminal/prompts.ts';
import type { Screen } from '../../terminal/screen.ts';
import { createdListing } from '../../terminal/tokens-view.ts';

export default class HostsEnroll extends BaseCommand {
  static override description = `Create a join token and print it: a host exchanges it for its own credential
It is followed by the CA certificate that this command trusts (tls.ca), so that the host trusts it too.
--replace HOST creates no token: it lets a waiting machine replace HOST, the one of --machine (hosts enrolled
lists them) or, on a terminal, the one that is shown and confirmed.`;
  static override examples = [
    '<%= config.bin %> hosts enroll --location 725 > join.token',
    '<%= config.bin %> hosts enroll --count 20 --expires 3d > join.token',
    '<%= config.bin %> hosts enroll --replace web-1 --machine 9d01b2c3e4f5',
  ];
  static override flags = {
    location: Flags.string({
      char: 'l',
      description: 'Location for hosts that have none',
      helpValue: 'LOCATION',
    }),
    ...newLocationFlag,
    yes: yesFlag,
    count: Flags.integer({
      description: 'How many hosts may use it',
      helpValue: 'N',
      default: 1,
      min: 1,
    }),
    expires: Flags.string({
      description: 'When it expires: 1h, 3d, 2027-03-28',
      helpValue: 'TIME',
      default: '1h',
    }),
    name: Flags.string({ description: 'Name of the token in lists and the audit log', helpValue: 'NAME' }),
    replace: Flags.string({
      description:
        'Let another machine replace this host: the one of --machine, or if none is waiting, the next one within an hour',
      helpValue: 'HOST',
      exclusive: ['location', 'name'],
    }),
    machine: Flags.string({
      description:
        'Machine that --replace allows: its id, or for a waiting machine at least the first eight digits',
      helpValue: 'ID',
      dependsOn: ['replace'],
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
      const machine = flags.machine ?? (await this.#chosen(manage, { hostId, screen, yes: flags.yes }));
      if (machine === NONE) return;
      const replaced = await manage.replaceHost({ hostId, actor, ...(machine !== ANY && { machine }) });
      this.say(replacedText(hostId, { ...replaced, machine: flags.machine }, screen));
      return;
    }
    const ends = resolveAhead(flags.expires, screen);
    if (ends.note) this.say(ends.note);
    if (flags.location !== undefined && !flags['new-location'] && !flags.yes) {
      const made = await newLocations(manage, [flags.location]);
      if (made.length > 0 && !(await confirmNewLocations(made, this.context)))
        return this.say('Nothing was created.');
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

  /** The waiting machine, if the user confirms it at a terminal. */
  async #chosen(
    manage: Pick<ManageService, 'listEnrolments'>,
    { hostId, screen, yes }: { readonly hostId: string; readonly screen: Screen; readonly yes: boolean },
  ): Promise<string | typeof ANY | typeof NONE> {
    const [enrolment] = (await manage.listEnrolments({ hostId })).enrolments;
    const asks = enrolment?.waiting;
    if (!asks) {
      const action = `let the next machine with a join token replace ${hostId}, whichever it is`;
      return (await this.agreed({ action, yes })) ? ANY : NONE;
    }
    this.say(replacementText(enrolment, screen));
    // --yes confirms a question; it does not say which machine is meant.
    if (!createPrompts(this.context).canAsk)
      throw new ExpectedError('NEEDS_CONFIRMATION', `no machine was named that may replace ${hostId}`, {
        hint: `To allow the waiting machine: --machine ${shortMachineId(asks.machineId)}`,
      });
    const action = `let the machine ${shortMachineId(asks.machineId)} replace ${hostId}`;
    return (await this.agreed({ action, yes: false })) ? asks.tokenId : NONE;
  }
}

const ANY = Symbol('any machine');
const NONE = Symbol('no machine');

/** As another machine calls it. */
function fromOutside(address: string): string {
  const { host, port } = parseAddress(address);
  return formatAddress({ host: isLoopback(host) ? hostname() : host, port });
}
