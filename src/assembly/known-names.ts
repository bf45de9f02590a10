// Names for shell completion, from the services: cached for some seconds, or for a day while no service answers.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { METRIC_KINDS } from '../domain/metric-table.ts';
import { replaceFile } from '../runtime/replace-file.ts';
import type { CliContext } from './cli-context.ts';
import { type ClientFlags, type ClientSettings, clientSettings } from './client-settings.ts';
import { cacheDirectory } from './environment.ts';
import { listProfiles } from './profiles.ts';

/** What the names are of. */
type ServedKind = 'hosts' | 'locations' | 'metrics' | 'rules' | 'receivers' | 'silences' | 'tokens';
export type KnownKind = ServedKind | 'profiles';
export type KnownName = { readonly value: string; readonly about?: string };

export type KnownNamesParts = Pick<CliContext, 'openManage' | 'openAnalyze' | 'environment' | 'nowMs'> & {
  /** The command line so far: it may say which server. */
  readonly words: readonly string[];
};

/** A second press of the tab key uses the cache. */
const FRESH_MS = 10_000;
const STALE_MS = 24 * 3_600_000;
/** Timeout, because the user waits at the cursor. */
const TIMEOUT = '1s';

type Kept = { readonly atMs: number; readonly names: readonly KnownName[] };

/** The answer never rejects: without a server and without a memory there is nothing to offer but minimon's own metrics. */
export function createKnownNames(parts: KnownNamesParts): (kind: KnownKind) => Promise<readonly KnownName[]> {
  return async (kind) => {
    try {
      if (kind === 'profiles')
        return listProfiles(parts.environment).map(({ name, file }) => ({ value: name, about: file }));
      const settings = await clientSettings(
        { ...givenFlags(parts.words), timeout: TIMEOUT },
        parts.environment,
      );
      return await remembered(kind, settings, parts);
    } catch {
      return kind === 'metrics' ? METRIC_KINDS.map(({ name, means }) => ({ value: name, about: means })) : [];
    }
  };
}

async function remembered(
  kind: ServedKind,
  settings: ClientSettings,
  parts: KnownNamesParts,
): Promise<readonly KnownName[]> {
  const { environment, nowMs } = parts;
  const directory = cacheDirectory(environment);
  const server = createHash('sha256').update(settings.manageHttp).digest('hex').slice(0, 12);
  const file = join(directory, `completion-${kind}-${server}.json`);
  const kept = readKept(file);
  const age = nowMs() - (kept?.atMs ?? 0);
  if (kept && age >= 0 && age < FRESH_MS) return kept.names;
  try {
    const names = await askFor(kind, settings, parts);
    keep(directory, file, { atMs: nowMs(), names });
    return names;
  } catch (error) {
    if (kept && age < STALE_MS) return kept.names;
    throw error;
  }
}

async function askFor(
  kind: ServedKind,
  settings: ClientSettings,
  { openManage, openAnalyze }: KnownNamesParts,
): Promise<readonly KnownName[]> {
  if (kind === 'metrics') {
    const { metrics } = await (await openAnalyze(settings)).listMetrics({});
    return metrics.map(({ metric, means }) => ({
      value: metric,
      ...(means !== undefined && { about: means }),
    }));
  }
  const manage = await openManage(settings);
  switch (kind) {
    case 'hosts': {
      const [{ assignments }, unmanaged] = await Promise.all([
        manage.listAssignments({}),
        // Needs analyze, which may be down.
        manage.listUnmanaged({}).catch(() => ({ hosts: [] })),
      ]);
      return [
        ...assignments.map(({ hostId, location }) => ({ value: hostId, about: location })),
        ...unmanaged.hosts.map(({ hostId }) => ({ value: hostId, about: 'without a location' })),
      ];
    }
    case 'locations':
      return (await manage.listAssignments({})).locations.map((value) => ({ value }));
    case 'rules':
      return (await manage.listRules()).map(({ name, expression }) => ({ value: name, about: expression }));
    case 'receivers':
      return (await manage.listReceivers()).map(({ name, kind: about }) => ({ value: name, about }));
    case 'silences':
      return (await manage.listSilences({})).silences.map(({ id, matchers, reason }) => ({
        value: id,
        about: `${matchers.join(' ')}: ${reason}`,
      }));
    case 'tokens':
      return (await manage.listTokens({})).tokens.map(({ name, scopes }) => ({
        value: name,
        about: scopes.join(' '),
      }));
  }
}

function readKept(file: string): Kept | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Kept;
  } catch {
    return undefined;
  }
}

function keep(directory: string, file: string, kept: Kept): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    replaceFile(file, JSON.stringify(kept), { isDurable: false });
  } catch {
    // The next one asks again.
  }
}

const GIVEN = {
  '--server': 'server',
  '--port-offset': 'portOffset',
  '--config': 'config',
  '--profile': 'profile',
} as const;

function givenFlags(words: readonly string[]): ClientFlags {
  const given: Record<string, string | number> = {};
  for (const [i, word] of words.entries()) {
    const [flag, ...value] = word.split('=');
    const key = GIVEN[flag as keyof typeof GIVEN];
    const text = value.length > 0 ? value.join('=') : words[i + 1];
    // The word at the cursor is half typed.
    if (!key || !text || (value.length > 0 ? i : i + 1) === words.length - 1) continue;
    given[key] = key === 'portOffset' ? Number(text) : text;
  }
  return given;
}
