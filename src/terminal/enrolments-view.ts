// Enrolled hosts as a list, and messages about new join tokens and replaced machines.
import type { EnrolmentInfo } from '../api/enrolments.ts';
import type { TokenInfo } from '../api/tokens.ts';
import { formatAddress, PORTS, parseAddress } from '../domain/address.ts';
import { shortMachineId } from '../domain/enrolment.ts';
import { formatInstant } from '../domain/instant.ts';
import { shownTokenId } from '../runtime/token.ts';
import type { Column, Listing } from './output.ts';
import { instantValue, timeCell } from './relative-time.ts';
import type { Color, Screen } from './screen.ts';
import { zonedTime } from './silences-view.ts';
import { revokeLine } from './tokens-view.ts';

type State = 'enrolled' | 'ended' | 'revoked' | 'waiting';
const COLORS: Readonly<Partial<Record<State, Color>>> = { ended: 'red', revoked: 'gray', waiting: 'yellow' };

function stateOf({ machineId, revoked, endsMs, waiting }: EnrolmentInfo, nowMs: number): State {
  if (machineId === undefined || waiting) return 'waiting';
  if (revoked) return 'revoked';
  return endsMs !== undefined && endsMs <= nowMs ? 'ended' : 'enrolled';
}

/** `nowMs`: the server's, whose clock ends credentials. `wide`: there is room for whole ids. */
export function enrolmentsListing(
  enrolments: readonly EnrolmentInfo[],
  { nowMs, wide }: { readonly nowMs: number; readonly wide: boolean },
): Listing<EnrolmentInfo> {
  const machineCell = (machineId: string | undefined, { isTTY }: Screen) =>
    machineId === undefined ? '-' : isTTY && !wide ? shortMachineId(machineId) : machineId;
  const time = (
    key: string,
    title: string,
    of: (one: EnrolmentInfo) => number | undefined,
  ): Column<EnrolmentInfo> => ({
    ...{ key, title, value: (one) => instantValue(of(one)) },
    cell: (one, screen) => {
      const ms = of(one);
      return ms === undefined ? '-' : timeCell(ms, screen);
    },
  });
  const columns: readonly Column<EnrolmentInfo>[] = [
    { key: 'host', title: 'HOST', value: ({ hostId }) => hostId },
    {
      key: 'state',
      title: 'STATE',
      value: (one) => stateOf(one, nowMs),
      cell: (one) => {
        const state = stateOf(one, nowMs);
        const color = COLORS[state];
        return color ? { text: state, color } : state;
      },
    },
    {
      ...{ key: 'machine', title: 'MACHINE', value: ({ machineId }) => machineId },
      cell: ({ machineId }, screen) => machineCell(machineId, screen),
    },
    { key: 'token', title: 'TOKEN', show: 'wide', value: ({ tokenId }) => tokenId },
    time('enrolled_at', 'ENROLLED', ({ enrolledMs }) => enrolledMs),
    { ...time('renewed_at', 'RENEWED', ({ renewedMs }) => renewedMs), show: 'wide' },
    time('ends_at', 'ENDS', ({ endsMs }) => endsMs),
    {
      ...{ key: 'waiting', title: 'WAITING TO REPLACE IT', value: ({ waiting }) => waiting?.machineId },
      cell: ({ waiting }, screen) => machineCell(waiting?.machineId, screen),
    },
    {
      ...{ key: 'waiting_token', title: 'WITH TOKEN', show: 'wide' },
      value: ({ waiting }) => waiting?.tokenId,
    },
    { key: 'waiting_address', title: 'FROM', value: ({ waiting }) => waiting?.address },
    time('waiting_at', 'ASKED', ({ waiting }) => waiting?.askedMs),
  ];
  return {
    ...{ rows: enrolments, columns, name: ({ hostId }) => hostId },
    empty: 'No enrolled hosts. Create a join token: minimon hosts enroll',
  };
}

/** For those who give none: `join-20261129-131723`. */
export const joinName = (nowMs: number): string =>
  `join-${formatInstant(nowMs).slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}`;

export function joinTokenText(
  { name, id, endsMs }: TokenInfo,
  { hosts, report, manage }: { readonly hosts: number; readonly report: string; readonly manage: string },
  screen: Screen,
): string {
  const many = hosts === 1 ? 'one host' : `${hosts} hosts`;
  const until = endsMs === undefined ? '' : ` until ${zonedTime(endsMs, screen)}`;
  // An agent looks for it beside report, at its usual port.
  const beside = formatAddress({ host: parseAddress(report).host, port: PORTS.manageHttp });
  const elsewhere = manage === beside ? '' : ` --set agent.manage=${manage}`;
  return [
    `${name} (${shownTokenId(id)}) lets ${many} join${until}; to revoke it: ${revokeLine({ name, id })}`,
    'It is not shown again. Save the output as join.token, then for each host:',
    `  ssh HOST sudo minimon install agent --report ${report}${elsewhere} --join - --now < join.token`,
  ].join('\n');
}

/** Who is the host, and who asks to be it. */
export function replacementText(
  { hostId, machineId, renewedMs, waiting }: EnrolmentInfo,
  screen: Screen,
): string {
  const { machineId: asks = '', address, tokenId = '', askedMs = 0 } = waiting ?? {};
  const is =
    machineId === undefined
      ? `No machine is enrolled as ${hostId}, but one reports under this name or the name is reserved for a machine.`
      : `${hostId} is the machine ${machineId}${renewedMs === undefined ? '' : `, whose credential is from ${zonedTime(renewedMs, screen)}`}.`;
  const copy =
    asks === machineId
      ? ` It is a copy of that machine, or the machine itself without its credential (it uses ${shownTokenId(tokenId)}).`
      : '';
  return [
    is,
    `The machine ${asks}${address === undefined ? '' : ` at ${address}`} asks to replace it, last at ${zonedTime(askedMs, screen)}.${copy}`,
    'If you allow it, the credential of the current machine is revoked.',
  ].join('\n');
}

export function replacedText(
  hostId: string,
  {
    waiting,
    untilMs,
    machine,
  }: {
    readonly untilMs: number;
    readonly waiting?: EnrolmentInfo['waiting'];
    readonly machine?: string | undefined;
  },
  screen: Screen,
): string {
  const until = zonedTime(untilMs, screen);
  if (!waiting && machine !== undefined)
    return `Only the machine ${machine} may enroll as ${hostId}, with a join token, until ${until}.`;
  if (!waiting)
    return `No machine is waiting to be ${hostId}; the next one with a join token may enroll as it until ${until}.`;
  const from = waiting.address === undefined ? '' : ` at ${waiting.address}`;
  return `The machine ${waiting.machineId}${from} may enroll as ${hostId} now; its agent retries within a minute.`;
}
