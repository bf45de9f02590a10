// Silences: which alerts are muted, from when until when, why and by whom.
import { randomBytes } from 'node:crypto';
import type { ManageService } from '../../api/manage.ts';
import type { AlertRecordChange, AlertRecords } from '../../catalog/alert-configuration.ts';
import { checkMatchers, mayFitHost, silenceState } from '../../domain/alerting/alert-matching.ts';
import { DEFAULT_SILENCE_MS, type Silence } from '../../domain/alerting/configuration.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { checkInstant, formatInstant } from '../../domain/instant.ts';
import { checkRemark } from '../../domain/remark.ts';
import { actorOf, UNNAMED_ACTOR } from '../../runtime/caller.ts';
import { type AlertParts, rulesOf } from './rules.ts';
import { matcherNotes } from './scope-notes.ts';

/** For longer, disable the rule instead. */
const MAX_MS = 366 * 86_400_000;
/** Those that ended are listed for so long. */
const KEEP_ENDED_MS = 30 * 86_400_000;
const PROVEN_AFTER_MS = 86_400_000;
const ID_BYTES = 4;
const MAX_NAMED_HOSTS = 20;

type PutSilence = Parameters<ManageService['putSilence']>[0];

export function createSilences({
  records,
  clock,
  logger,
  readFleet,
}: AlertParts): Pick<ManageService, 'listSilences' | 'putSilence' | 'expireSilence' | 'previewMatchers'> {
  async function change(
    plan: (before: AlertRecords, nowMs: number) => { readonly silence: Silence; readonly action: string },
    actor: string,
  ): Promise<Silence> {
    let saved: Silence | undefined;
    await records.change((before) => {
      const nowMs = clock.nowMs();
      const { silence, action } = plan(before, nowMs);
      saved = silence;
      const old = before.silences.find(({ id }) => id === silence.id);
      if (JSON.stringify(old) === JSON.stringify(silence)) return [];
      const detail = {
        matchers: silence.matchers.join(' '),
        // Not `from`: the log takes that for a value of before.
        starts: formatInstant(silence.startsMs),
        until: formatInstant(silence.endsMs),
        reason: silence.reason,
      };
      const put: AlertRecordChange = { kind: 'silence', name: silence.id, record: silence, action, detail };
      return [put, ...endedLongAgo(before, nowMs)];
    }, actor);
    logger.info(
      { actor: actorOf(actor), silence: saved!.id, until: formatInstant(saved!.endsMs) },
      'silence saved',
    );
    return saved!;
  }

  return {
    async listSilences({ expired = false }) {
      const { silences } = await records.read();
      const nowMs = clock.nowMs();
      const wanted = silences.filter((one) => expired || silenceState(one, nowMs) !== 'expired');
      return { nowMs, silences: wanted.sort((a, b) => b.createdMs - a.createdMs) };
    },

    putSilence: (request) =>
      change(
        (before, nowMs) =>
          request.id === undefined
            ? { silence: newSilence(request, before, nowMs), action: 'silence.add' }
            : { silence: changedSilence(request, before, nowMs), action: 'silence.change' },
        request.actor ?? request.author ?? UNNAMED_ACTOR,
      ),

    expireSilence: ({ id, actor = UNNAMED_ACTOR }) =>
      change(({ silences }, nowMs) => {
        const silence = findSilence(silences, id);
        const ended = { ...silence, startsMs: Math.min(silence.startsMs, nowMs), endsMs: nowMs };
        const isOver = silenceState(silence, nowMs) === 'expired';
        return { silence: isOver ? silence : ended, action: 'silence.expire' };
      }, actor),

    async previewMatchers({ matchers: texts }) {
      const rules = rulesOf(await records.read());
      const matchers = checkMatchers(texts, rules);
      const fleet = await readFleet();
      const hostIds: string[] = [];
      let hosts = 0;
      for (const [hostId, location] of fleet.hosts) {
        if (!mayFitHost(matchers, { hostId, location })) continue;
        hosts++;
        if (hosts <= MAX_NAMED_HOSTS) hostIds.push(hostId);
      }
      const notes = matcherNotes(matchers, rules, fleet);
      return { matchers, hosts, ofHosts: fleet.hosts.size, hostIds, notes };
    },
  };
}

function newSilence(request: PutSilence, before: AlertRecords, nowMs: number): Silence {
  const matchers = checkMatchers(request.matchers ?? [], rulesOf(before));
  if (matchers.length === 0) {
    throw new ExpectedError('USAGE', 'a silence without matchers would cover every alert', {
      hint: "Select alerts: location=725, 'host~web-*', rule=disk-full.",
    });
  }
  const startsMs = request.startsMs === undefined ? nowMs : checkInstant(request.startsMs, 'the start');
  let id = randomBytes(ID_BYTES).toString('hex');
  while (before.silences.some((one) => one.id === id)) id = randomBytes(ID_BYTES).toString('hex');
  const silence = {
    id,
    matchers,
    reason: checkReason(request.reason ?? ''),
    author: actorOf(request.author ?? request.actor),
    startsMs,
    endsMs: endOf(request, startsMs) ?? startsMs + DEFAULT_SILENCE_MS,
    createdMs: nowMs,
  };
  checkSpan(silence, nowMs);
  return silence;
}

/** Another end, start or reason; other matchers would be another silence. */
function changedSilence(request: PutSilence, before: AlertRecords, nowMs: number): Silence {
  const old = findSilence(before.silences, request.id!);
  const state = silenceState(old, nowMs);
  if (request.matchers !== undefined && request.matchers.length > 0) {
    throw new ExpectedError('USAGE', 'the matchers of a silence cannot be changed', {
      hint: `Add another silence, and expire this one: minimon silences expire ${old.id}`,
    });
  }
  if (state === 'expired') {
    throw new ExpectedError('USAGE', `silence ${old.id} ended ${formatInstant(old.endsMs)}`, {
      hint: 'Add a new one: minimon silences add.',
    });
  }
  if (request.startsMs !== undefined && state === 'active') {
    throw new ExpectedError(
      'USAGE',
      `silence ${old.id} has already started at ${formatInstant(old.startsMs)}`,
      {
        hint: 'Change its end only.',
      },
    );
  }
  const startsMs =
    request.startsMs === undefined ? old.startsMs : checkInstant(request.startsMs, 'the start');
  const changed = {
    ...old,
    startsMs,
    // Of one that is in force a duration runs from now on, as whoever extends it counts.
    endsMs: endOf(request, Math.max(startsMs, nowMs)) ?? old.endsMs,
    reason: request.reason === undefined ? old.reason : checkReason(request.reason),
  };
  checkSpan(changed, nowMs);
  return changed;
}

function endOf({ endsMs, forMs }: PutSilence, fromMs: number): number | undefined {
  if (endsMs !== undefined && forMs !== undefined) {
    throw new ExpectedError('USAGE', 'an end and a duration exclude each other', {
      hint: 'Give one of them.',
    });
  }
  if (endsMs !== undefined) return checkInstant(endsMs, 'the end');
  if (forMs === undefined) return undefined;
  if (forMs <= 0) throw new ExpectedError('BAD_RANGE', 'the duration of a silence must be above 0');
  return fromMs + forMs;
}

function checkSpan({ startsMs, endsMs }: Silence, nowMs: number): void {
  if (endsMs <= nowMs) {
    throw new ExpectedError('BAD_RANGE', `the end ${formatInstant(endsMs)} is not in the future`, {
      hint: `It is ${formatInstant(nowMs)} on the server now.`,
    });
  }
  if (endsMs <= startsMs) {
    throw new ExpectedError(
      'BAD_RANGE',
      `the end ${formatInstant(endsMs)} is not after the start ${formatInstant(startsMs)}`,
      { hint: 'A duration (--for) runs from the start.' },
    );
  }
  if (endsMs - Math.max(startsMs, nowMs) > MAX_MS) {
    throw new ExpectedError('BAD_RANGE', `the end ${formatInstant(endsMs)} is over a year after the start`, {
      hint: 'To disable a rule permanently: minimon alerts disable RULE.',
    });
  }
}

const checkReason = (reason: string): string =>
  checkRemark(reason, { what: 'a silence needs a reason', hint: 'Give one: --reason "disk swap".' });

/** By id or by the beginning of one. SILENCE_UNKNOWN; USAGE where several begin so. */
function findSilence(silences: readonly Silence[], id: string): Silence {
  const found = silences.filter((one) => one.id === id);
  const candidates = found.length > 0 || id === '' ? found : silences.filter((one) => one.id.startsWith(id));
  if (candidates.length > 1) {
    throw new ExpectedError('USAGE', `several silences begin with ${id}`, {
      hint: `Write more of it: ${candidates.map((one) => one.id).join(', ')}.`,
    });
  }
  const [silence] = candidates;
  if (silence !== undefined) return silence;
  throw new ExpectedError('SILENCE_UNKNOWN', `no silence ${JSON.stringify(id.slice(0, 64))}`, {
    hint: 'List them: minimon silences list --expired',
  });
}

const endedLongAgo = ({ silences }: AlertRecords, nowMs: number): readonly AlertRecordChange[] => {
  const beforeMs = Math.min(nowMs, provenMs(silences)) - KEEP_ENDED_MS;
  return silences
    .filter(({ endsMs }) => endsMs <= beforeMs)
    .map(({ id }) => ({ kind: 'silence', name: id, record: undefined, action: 'silence.prune', detail: {} }));
};

/** The newest time that silences saved over a day apart prove: a clock that is wrong for a day takes none. */
function provenMs(silences: readonly Silence[]): number {
  const saved = silences.map(({ createdMs }) => createdMs);
  const newestMs = Math.max(...saved);
  return Math.max(...saved.filter((timeMs) => timeMs <= newestMs - PROVEN_AFTER_MS));
}
