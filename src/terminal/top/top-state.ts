// The state of `top`: the stack of screens, the list on each, and the handling of keys. No drawing.
import { LIST_START, type ListBox, type ListState, pressInList } from '../live/list-view.ts';
import { CLOSES_HELP, scrollText } from '../live/text-page.ts';

export type TopList = 'hosts' | 'locations' | 'alerts';
export type TopScreen = { readonly kind: TopList } | { readonly kind: 'host'; readonly hostId: string };

export type TopState = {
  /** The last is shown; Esc goes back. Never empty. */
  readonly screens: readonly TopScreen[];
  readonly lists: Readonly<Record<TopList, ListState>>;
  /** The hosts of this location alone. */
  readonly location: string | undefined;
  readonly isHelp: boolean;
  /** Lines of a host's screen or of the help that are above the window. */
  readonly scroll: number;
};

/** What a key is judged by: the list that is shown, or how many lines a text has. */
export type TopBox = {
  readonly list: ListBox;
  /** What Enter opens for the chosen row, or for the first one. */
  readonly open: { readonly host?: string | undefined; readonly location?: string | undefined };
  readonly textLines: number;
  readonly windowLines: number;
};

export function startTop(location: string | undefined): TopState {
  return {
    screens: [{ kind: 'hosts' }],
    lists: { hosts: LIST_START, locations: LIST_START, alerts: LIST_START },
    location,
    isHelp: false,
    scroll: 0,
  };
}

export const shownScreen = (state: TopState): TopScreen => state.screens.at(-1)!;

export function pressInTop(state: TopState, key: string, box: TopBox): TopState | 'quit' {
  if (state.isHelp) {
    if (CLOSES_HELP.includes(key)) return { ...state, isHelp: false, scroll: 0 };
    return scrolled(state, key, box);
  }
  const screen = shownScreen(state);
  const isTyping = screen.kind !== 'host' && state.lists[screen.kind].isTyping;
  if (!isTyping) {
    const next = pressAnywhere(state, key, box);
    if (next) return next;
  }
  if (screen.kind === 'host') {
    if (key === 'escape' || key === 'backspace' || key === 'left') return back(state);
    return scrolled(state, key, box);
  }
  const list = pressInList(state.lists[screen.kind], key, box.list);
  if (list) return { ...state, lists: { ...state.lists, [screen.kind]: list } };
  if (key === 'escape' || key === 'backspace') return back(state);
  if (key === 'enter') return opened(state, screen.kind, box);
  return state;
}

function pressAnywhere(state: TopState, key: string, box: TopBox): TopState | 'quit' | undefined {
  switch (key) {
    case 'q':
      return 'quit';
    case '?':
    case 'h':
      return { ...state, isHelp: true, scroll: 0 };
    case 'l':
      return show(state, { kind: 'locations' });
    case 'a':
      return show(state, { kind: 'alerts' });
    case 'n':
    case 'p':
      return neighbour(state, key === 'n' ? 1 : -1, box);
    default:
      return undefined;
  }
}

/** A screen is on the stack once. */
function show(state: TopState, screen: TopScreen): TopState {
  const rest = state.screens.filter(({ kind }) => kind !== screen.kind);
  return { ...state, screens: [...rest, screen], scroll: 0 };
}

/** Out of the last screen; from the hosts of a location to the list it was opened in, or to the hosts of all. */
function back(state: TopState): TopState {
  const leaves = shownScreen(state).kind;
  const rest = state.screens.slice(0, -1);
  const screens: TopState['screens'] = rest.length > 0 ? rest : [{ kind: 'hosts' }];
  return { ...state, screens, scroll: 0, ...(leaves === 'hosts' && { location: undefined }) };
}

function opened(state: TopState, kind: TopList, { open }: TopBox): TopState {
  if (kind === 'locations') {
    if (open.location === undefined) return state;
    const lists = { ...state.lists, hosts: LIST_START };
    return { ...state, screens: [{ kind: 'locations' }, { kind: 'hosts' }], lists, location: open.location };
  }
  return open.host === undefined ? state : show(state, { kind: 'host', hostId: open.host });
}

/** From one host's charts to the next in the list. */
function neighbour(state: TopState, by: 1 | -1, { list }: TopBox): TopState | undefined {
  const screen = shownScreen(state);
  if (screen.kind !== 'host') return undefined;
  const at = list.names.indexOf(screen.hostId);
  const hostId = list.names[at + by];
  if (hostId === undefined) return state;
  const hosts = { ...state.lists.hosts, chosen: hostId };
  return { ...show(state, { kind: 'host', hostId }), lists: { ...state.lists, hosts } };
}

const scrolled = (state: TopState, key: string, box: TopBox): TopState => ({
  ...state,
  scroll: scrollText(state.scroll, key, box),
});
