// Draws `top` from its state and data: title, a list or a host's charts, what is off screen, and the keys.
import type { AlertView } from '../../api/warn.ts';
import { counted } from '../../domain/counting.ts';
import { METRIC_KINDS } from '../../domain/metric-table.ts';
import { safeText } from '../../domain/safe-text.ts';
import { alertsListing } from '../alerts-view.ts';
import { hostsSummaries } from '../hosts-view.ts';
import {
  createRowCache,
  drawList,
  filterText,
  type ListState,
  moreText,
  seenRows,
  sortKeys,
  twoSided,
} from '../live/list-view.ts';
import { lostLine, type Polled } from '../live/poll.ts';
import { helpLines, LIST_KEYS, SCREEN_KEYS } from '../live/text-page.ts';
import { LOADS } from '../locations-view.ts';
import type { Listing } from '../output.ts';
import { dateTimeText } from '../relative-time.ts';
import { paint, type Screen } from '../screen.ts';
import { displayWidth, styledWidth } from '../text.ts';
import { type FleetAnswer, type FleetHost, fleetHosts, fleetLocations } from './fleet.ts';
import { fleetListing, fleetLocationsListing, type Trends } from './fleet-listings.ts';
import { type HostRanges, hostLines } from './host-screen.ts';
import { shownScreen, type TopBox, type TopState } from './top-state.ts';

export type TopData = {
  readonly polled: Polled<FleetAnswer>;
  readonly trends: Trends | undefined;
  readonly ranges: HostRanges | undefined;
};

export type TopPicture = {
  readonly lines: readonly string[];
  /** What the next key is judged by. */
  readonly box: TopBox;
  /** Whose trends are to be read, where hosts are shown, and of which metric. */
  readonly seen: { readonly hosts: readonly string[]; readonly metric: string };
};

const TITLE_ROWS = 1;
const FOOT_ROWS = 2;
/** Below it the line of keys goes. */
const LOW_ROWS = 10;

export const TOP_METRICS: readonly string[] = METRIC_KINDS.filter(({ headline }) => headline).map(
  ({ name }) => name,
);

const HELP = [
  'Hosts are sorted worst first: those that do not report, then those with alerts, then by CPU. Values are the latest; trends and charts show the last hour.',
  [
    ...LIST_KEYS,
    ['Enter', 'charts of the host'],
    ['Esc', 'back: clear filter and order, then the previous screen'],
    ['n p', "next or previous host, on a host's charts"],
    ['l a', 'locations, alerts'],
    ...SCREEN_KEYS,
  ],
  'A state other than reporting is shown under AGE. Last values of a lost host are gray, or end in "?" without colour. While the server is down the last picture stays, and the bottom line says since when.',
] as const;

/** Prepared rows are kept from picture to picture, so that ten thousand hosts are sorted when they change, not when they are drawn. */
export function createTopPainter() {
  const hostRows = createRowCache<FleetHost>();
  const locationRows = createRowCache<ReturnType<typeof fleetLocations>[number]>();
  const alertRows = createRowCache<AlertView>();
  const views = createFleetViews();

  function paintTop(state: TopState, data: TopData, screen: Screen): TopPicture {
    const { value: answer, readMs, lost } = data.polled;
    const elapsedMs = Math.max(0, screen.nowMs - readMs);
    const nowMs = answer.latest.nowMs + elapsedMs;
    const all = views.allHosts(answer);
    const hosts = views.hostsOf(all, state.location);
    const alerts = views.alertsOf(answer.alerts, state.location);
    const shown = shownScreen(state);
    const hasKeys = screen.rows >= LOW_ROWS;
    const lines = Math.max(2, screen.rows - TITLE_ROWS - FOOT_ROWS + (hasKeys ? 0 : 1));
    const at: Screen = { ...screen, nowMs };

    const hostListing = fleetListing(hosts, {
      ...{ answer, trends: data.trends, screen, elapsedMs },
      hasLocations: state.location === undefined,
    });
    const rows = hostRows(hostListing, state.lists.hosts);
    const trendMetric = sortedMetric(state.lists.hosts.sort);
    const seen = { metric: trendMetric, hosts: [] as readonly string[] };

    const window: Window = { state, answer, alerts, lost, screen, at, lines, hasKeys };
    const frame = (...parts: FrameParts) => framed(window, ...parts);
    const list = <Row>(listing: Listing<Row>, of: readonly Row[], kind: ListKind) =>
      drawnList(window, { listing, of, kind });
    const text = (body: readonly string[], abouts: readonly string[]): Omit<TopPicture, 'seen'> => {
      const below = body.length - state.scroll - lines;
      return {
        lines: frame(
          body.slice(state.scroll, state.scroll + lines),
          below > 0 ? `and ${below} more lines` : '',
          abouts,
        ),
        box: {
          list: { names: rows.map((row) => row.hostId), lines: lines - 1, keys: [] },
          ...{ open: {}, textLines: body.length, windowLines: lines },
        },
      };
    };
    const scope = state.location === undefined ? '' : `location ${safeText(state.location)}  `;

    if (state.isHelp) {
      return { ...text(helpLines(HELP, screen.columns), ['help']), seen };
    }
    if (shown.kind === 'host') {
      const row = all.find((host) => host.hostId === shown.hostId);
      const body = row
        ? hostLines(row, { ranges: data.ranges, screen: at, nowMs })
        : ['This host was removed.'];
      return { ...text(body, [safeText(shown.hostId)]), seen };
    }
    const drawn =
      shown.kind === 'hosts'
        ? list(hostListing, rows, 'hosts')
        : shown.kind === 'locations'
          ? listOfLocations()
          : listOfAlerts();
    function listOfLocations() {
      const listing = fleetLocationsListing(views.locationsOf(all, answer.alerts));
      return list(listing, locationRows(listing, state.lists.locations), 'locations');
    }
    function listOfAlerts() {
      const listing = {
        ...alertsListing(alerts ?? []),
        ...(alerts === undefined && { empty: 'Alerts are not available: warn does not answer.' }),
      };
      return list(listing, alertRows(listing, state.lists.alerts), 'alerts');
    }
    const listState = state.lists[shown.kind];
    const filter = filterText(listState, screen);
    // What is typed is seen in any window.
    const sort = listState.isTyping ? filter : [filter, sortText(listState)].filter(Boolean).join('  ');
    const abouts =
      shown.kind === 'hosts' ? views.summaryOf(hosts).map((summary) => `${scope}${summary}`) : [shown.kind];
    const { chosen } = drawn;
    return {
      lines: frame(drawn.body, drawn.more, abouts, sort),
      box: {
        list: drawn.list,
        open: {
          ...(chosen && 'hostId' in chosen && { host: chosen.hostId }),
          ...(chosen && 'host' in chosen && typeof chosen.host === 'string' && { host: chosen.host }),
          ...(chosen && 'readings' in chosen && { location: chosen.location }),
        },
        ...{ textLines: 0, windowLines: lines },
      },
      seen:
        shown.kind === 'hosts'
          ? { ...seen, hosts: (drawn.seen as readonly FleetHost[]).map((row) => row.hostId) }
          : seen,
    };
  }
  return paintTop;
}

/** What is made of an answer, cached until it changes. */
function createFleetViews() {
  const allHosts = remember((answer: FleetAnswer) => fleetHosts(answer));
  const hostsOf = rememberTwo((hosts: readonly FleetHost[], location: string | undefined) =>
    location === undefined ? hosts : hosts.filter((host) => (host.location ?? '(none)') === location),
  );
  const alertsOf = rememberTwo((alerts: FleetAnswer['alerts'], location: string | undefined) =>
    alerts
      ?.filter((alert) => location === undefined || alert.location === location)
      .toSorted((a, b) => Number(a.state === 'pending') - Number(b.state === 'pending')),
  );
  const locationsOf = rememberTwo((hosts: readonly FleetHost[], alerts: FleetAnswer['alerts']) =>
    fleetLocations(hosts, { metrics: LOADS, alerts }),
  );
  const summaryOf = remember((hosts: readonly FleetHost[]) => hostsSummaries(hosts));

  return { allHosts, hostsOf, alertsOf, locationsOf, summaryOf };
}

type ListKind = 'hosts' | 'locations' | 'alerts';

/** What is shown, and where. */
type Window = {
  readonly state: TopState;
  readonly answer: FleetAnswer;
  readonly alerts: FleetAnswer['alerts'];
  readonly lost: TopData['polled']['lost'];
  readonly screen: Screen;
  /** By the server's clock. */
  readonly at: Screen;
  readonly lines: number;
  readonly hasKeys: boolean;
};

/** `abouts`: what is shown, from the longest words to the shortest. */
type FrameParts = readonly [body: readonly string[], more: string, abouts: readonly string[], sort?: string];

function drawnList<Row>(
  { state, lines, at }: Window,
  {
    listing,
    of,
    kind,
  }: { readonly listing: Listing<Row>; readonly of: readonly Row[]; readonly kind: ListKind },
) {
  const picture = { listing, rows: of, state: state.lists[kind], lines, screen: at };
  return {
    body: drawList(picture),
    more: moreText(picture, kind),
    list: { names: of.map(listing.name), lines: lines - 1, keys: sortKeys(listing) },
    seen: seenRows(picture).rows,
    chosen: chosenOf(listing, of, state.lists[kind]) ?? seenRows(picture).rows[0],
  };
}

function framed(
  { state, answer, alerts, lost, screen, at, lines, hasKeys }: Window,
  ...[body, more, abouts, sort = '']: FrameParts
): readonly string[] {
  const title = titleLine(abouts, alerts, at);
  const left = lostLine(lost, screen) || warningOf(answer, screen) || paint(screen, 'dim', more);
  const foot = twoSided(left, sort, screen);
  const filled = [...body, ...new Array<string>(Math.max(0, lines - body.length)).fill('')].slice(0, lines);
  return [title, ...filled, foot, ...(hasKeys ? [paint(screen, 'dim', keysFor(state, screen))] : [])];
}

/** The trend is of what is sorted by, where that is a metric. */
function sortedMetric(sort: string | undefined): string {
  const key = sort?.replace(/^-/, '');
  return key !== undefined && TOP_METRICS.includes(key) ? key : 'cpu.usage';
}

function chosenOf<Row>(listing: Listing<Row>, rows: readonly Row[], { chosen }: ListState): Row | undefined {
  return chosen === undefined ? undefined : rows.find((row) => listing.name(row) === chosen);
}

/** What does not report and what fires is said in any window: names, words and the clock go before it. */
function titleLine(abouts: readonly string[], alerts: FleetAnswer['alerts'], screen: Screen): string {
  const name = paint(screen, 'bold', 'minimon top');
  const [long, short] = alertsTexts(alerts, screen);
  const joined = (...parts: readonly string[]) => parts.filter(Boolean).join('  ');
  const texts = [
    ...abouts.map((about) => joined(name, long, about)),
    ...abouts.map((about) => joined(short, about)),
  ];
  const clock = clockOf(screen);
  const beside = texts.find((text) => styledWidth(text) + 2 + clock.length <= screen.columns);
  if (beside !== undefined) return twoSided(beside, clock, screen);
  const alone = texts.find((text) => styledWidth(text) <= screen.columns);
  return twoSided(alone ?? texts.at(-1)!, '', screen);
}

function alertsTexts(alerts: FleetAnswer['alerts'], screen: Screen): readonly [string, string] {
  if (alerts === undefined) return ['alerts: unknown', 'alerts: ?'];
  const firing = alerts.filter(({ state }) => state === 'firing').length;
  if (firing === 0) return ['', ''];
  const text = counted(firing, 'alert');
  return [paint(screen, 'red', `${text} firing`), paint(screen, 'red', text)];
}

const warningOf = ({ warnings }: FleetAnswer, screen: Screen): string => {
  const [first] = warnings;
  return first === undefined ? '' : paint(screen, 'yellow', safeText(first));
};

const sortText = ({ sort }: ListState): string =>
  sort === undefined ? 'worst first' : `by ${sort.replace(/^-/, '')}`;

const clockOf = (screen: Screen): string => dateTimeText(screen.nowMs, screen).slice(11);

/** As many of the keys as fit. */
function keysFor(state: TopState, screen: Screen): string {
  const shown = shownScreen(state);
  const isList = shown.kind !== 'host' && !state.isHelp;
  if (isList && state.lists[shown.kind].isTyping) return 'Enter keep  Esc clear';
  const keys = isList
    ? ['q quit', '? help', 's sort', '/ filter', 'Enter open', 'l locations', 'a alerts', 'Esc back']
    : state.isHelp
      ? ['? back']
      : ['q quit', '? help', 'Esc back', 'n next host', 'p previous host', 'l locations', 'a alerts'];
  let text = '';
  for (const key of keys) {
    const longer = text === '' ? key : `${text}  ${key}`;
    if (displayWidth(longer) > screen.columns) break;
    text = longer;
  }
  return text;
}

function remember<In, Out>(make: (input: In) => Out): (input: In) => Out {
  let last: { readonly input: In; readonly out: Out } | undefined;
  return (input) => {
    if (last === undefined || last.input !== input) last = { input, out: make(input) };
    return last.out;
  };
}

function rememberTwo<A, B, Out>(make: (a: A, b: B) => Out): (a: A, b: B) => Out {
  let last: { readonly a: A; readonly b: B; readonly out: Out } | undefined;
  return (a, b) => {
    if (last === undefined || last.a !== a || last.b !== b) last = { a, b, out: make(a, b) };
    return last.out;
  };
}
