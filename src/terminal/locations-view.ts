// What `locations list` shows: each room with its hosts and how they are.
import type { Location } from '../api/manage.ts';
import { HOST_STATES, type HostState } from '../domain/host.ts';
import { stateColor } from './host-state-cell.ts';
import type { Column, Listing } from './output.ts';

/** Always shown; the other states only where a room has one. */
const USUAL: readonly HostState[] = ['reporting', 'late', 'silent'];

export function locationsListing(locations: readonly Location[]): Listing<Location> {
  const column = (state: HostState, rank: number): Column<Location> => ({
    key: state,
    title: state.toUpperCase(),
    align: 'right',
    drop: 2 + rank,
    value: ({ states }) => states[state] ?? 0,
    cell: ({ states }) => {
      const count = states[state] ?? 0;
      return { text: String(count), color: count === 0 ? 'gray' : stateColor(state) };
    },
    ...(USUAL.includes(state) || locations.some(({ states }) => states[state])
      ? {}
      : { show: 'wide' as const }),
  });
  return {
    columns: [
      { key: 'location', title: 'LOCATION', min: 8, value: ({ location }) => location },
      { key: 'hosts', title: 'HOSTS', align: 'right', drop: 1, value: ({ hosts }) => hosts },
      ...HOST_STATES.map(column),
    ],
    rows: locations,
    name: ({ location }) => location,
    empty: 'No locations. Assign a host to one: minimon hosts assign',
  };
}
