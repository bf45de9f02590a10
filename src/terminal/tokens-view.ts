// Tokens as a list, and the message about a new one.
import type { TokenInfo } from '../api/tokens.ts';
import { formatInstant } from '../domain/instant.ts';
import { shownTokenId } from '../runtime/token.ts';
import type { Column, Listing } from './output.ts';
import { instantValue, timeCell } from './relative-time.ts';
import type { Color, Screen } from './screen.ts';
import { zonedTime } from './silences-view.ts';

const EMPTY = 'No tokens. Create one: minimon tokens create NAME --scope read';

type TokenState = 'valid' | 'ended' | 'revoked';
const COLORS: Readonly<Partial<Record<TokenState, Color>>> = { ended: 'gray', revoked: 'gray' };

const stateOf = ({ endsMs, revokedMs }: TokenInfo, nowMs: number): TokenState =>
  revokedMs !== undefined ? 'revoked' : endsMs !== undefined && endsMs <= nowMs ? 'ended' : 'valid';

const SHOWN: readonly Column<TokenInfo>[] = [
  { key: 'name', title: 'TOKEN', value: ({ name }) => name },
  { key: 'id', title: 'ID', show: 'wide', value: ({ id }) => id },
  {
    key: 'scopes',
    title: 'SCOPES',
    min: 8,
    value: ({ scopes }) => scopes,
    cell: ({ scopes }) => scopes.join(' '),
  },
];

/** `nowMs`: the server's, whose clock ends them. */
export function tokensListing(tokens: readonly TokenInfo[], nowMs: number): Listing<TokenInfo> {
  const when = (ms: number | undefined, screen: Screen, never: string) =>
    ms === undefined ? never : timeCell(ms, screen);
  const columns: readonly Column<TokenInfo>[] = [
    ...SHOWN,
    {
      key: 'state',
      title: 'STATE',
      value: (token) => stateOf(token, nowMs),
      cell: (token) => {
        const state = stateOf(token, nowMs);
        const color = COLORS[state];
        return color ? { text: state, color } : state;
      },
    },
    {
      key: 'ends_at',
      title: 'ENDS',
      value: ({ endsMs }) => instantValue(endsMs),
      cell: ({ endsMs }, screen) => when(endsMs, screen, 'never'),
    },
    {
      key: 'used_at',
      title: 'LAST USE',
      value: ({ usedMs }) => instantValue(usedMs),
      cell: ({ usedMs }, screen) => when(usedMs, screen, 'never'),
    },
    { key: 'created_by', title: 'BY', drop: 1, value: ({ createdBy }) => createdBy },
    { key: 'created_at', title: 'CREATED', show: 'wide', value: ({ createdMs }) => formatInstant(createdMs) },
    { key: 'revoked_at', title: 'REVOKED', show: 'wide', value: ({ revokedMs }) => instantValue(revokedMs) },
  ];
  return { rows: tokens, columns, name: ({ name }) => name, empty: EMPTY };
}

export const leftOutText = (credentials: number): string =>
  `${credentials === 1 ? 'The credential of an enrolled host is' : `${credentials} credentials of enrolled hosts are`} not listed (--enrolled).`;

/** For scripts, with the secret. */
export const createdListing = (token: string, info: TokenInfo): Listing<TokenInfo> => ({
  ...{ rows: [info], name: ({ name }: TokenInfo) => name, empty: EMPTY },
  columns: [
    ...SHOWN,
    { key: 'token', title: 'SECRET', value: () => token },
    { key: 'ends_at', title: 'ENDS', value: ({ endsMs }) => instantValue(endsMs) },
  ],
});

/** Can be pasted into a shell: uses the id if the name needs quoting. */
export const revokeLine = ({ name, id }: Pick<TokenInfo, 'name' | 'id'>): string =>
  `minimon tokens revoke ${/^[\w.@:-]+$/.test(name) ? name : shownTokenId(id)}`;

export function tokenText({ name, id, scopes, endsMs }: TokenInfo, screen: Screen): string {
  const until = endsMs === undefined ? 'until it is revoked' : `until ${zonedTime(endsMs, screen)}`;
  return `${name} (${shownTokenId(id)}) may ${scopes.join(', ')} ${until}; to revoke it: ${revokeLine({ name, id })}`;
}
