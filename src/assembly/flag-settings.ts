// The settings that the flags of commands that run daemons set.
import { ExpectedError } from '../domain/errors.ts';

export type Setting = { readonly key: string; readonly value: unknown; readonly flag: string };

/** Flag -> setting. */
const SETTINGS: Readonly<Record<string, string>> = {
  data: 'data',
  'port-offset': 'port_offset',
  'log-level': 'log.level',
  insecure: 'insecure',
  interval: 'agent.interval',
  location: 'agent.location',
  'host-id': 'agent.host_id',
  root: 'agent.root',
  report: 'discovery.reports',
};

/** The flags that were given, as settings. */
export function settingsOf(flags: Readonly<Record<string, unknown>>): readonly Setting[] {
  const named = Object.entries(SETTINGS).flatMap(([flag, key]) =>
    flags[flag] === undefined ? [] : [{ key, value: flags[flag], flag: `--${flag}` }],
  );
  const free = ((flags['set'] as readonly string[] | undefined) ?? []).map((text) => {
    const cut = text.indexOf('=');
    if (cut < 1)
      throw new ExpectedError('USAGE', `--set ${text}: expected KEY=VALUE`, {
        hint: 'For example --set store.retention=7d',
      });
    return { key: text.slice(0, cut), value: text.slice(cut + 1), flag: `--set ${text.slice(0, cut)}` };
  });
  return [...named, ...free];
}
