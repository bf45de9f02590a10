// Enrolment: join tokens, their exchange for host credentials, and replacing the machine of a host.
import { JOIN } from '../../api/access.ts';
import type { EnrolmentInfo } from '../../api/enrolments.ts';
import type { ManageService } from '../../api/manage.ts';
import type { Inventory } from '../../catalog/catalog.ts';
import { type Enrolment, isKept } from '../../catalog/enrolment-places.ts';
import type { Enrolled, Enrolments } from '../../catalog/enrolments.ts';
import type { Tokens } from '../../catalog/tokens.ts';
import { formatDuration } from '../../domain/duration.ts';
import {
  CREDENTIAL_LASTS_MS,
  isMachineName,
  isWholeMachineId,
  RENEWED_AFTER_MS,
  RENEWED_AT_MOST_EVERY_MS,
  shortMachineId,
} from '../../domain/enrolment.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { isGlob } from '../../domain/glob.ts';
import { checkInstant } from '../../domain/instant.ts';
import { machineIdOf } from '../../domain/machine-copies.ts';
import { checkHostId, checkId, checkLocation } from '../../domain/names.ts';
import { pageCursor, pageLimit, parsePageCursor } from '../../domain/page-cursor.ts';
import { actorOf, currentCaller, UNNAMED_ACTOR } from '../../runtime/caller.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import { makeToken, readTokenHash, tokenIdOf } from '../../runtime/token.ts';
import { unknownHost } from './inventory-entries.ts';
import type { ReportingHostsCache } from './reporting-hosts.ts';
import { checkEnd, infoOf } from './tokens.ts';

type EnrolmentService = Pick<
  ManageService,
  'createJoinToken' | 'joinHost' | 'renewCredential' | 'replaceHost' | 'listEnrolments'
>;

const DAY_MS = 86_400_000;
const REPLACED_WITHIN_MS = 3_600_000;
/** A host that reported under this name from another machine so lately is there. */
const REPORTED_WITHIN_MS = DAY_MS;
const MOST_HOSTS = 100_000;

export function createEnrolmentService(parts: {
  readonly enrolments: Enrolments;
  readonly tokens: Pick<Tokens, 'list'>;
  readonly inventory: Pick<Inventory, 'find' | 'list'>;
  readonly reporting: ReportingHostsCache;
  readonly clock: Clock;
  readonly logger: Logger;
}): EnrolmentService {
  const { enrolments, tokens, inventory, reporting, clock, logger } = parts;

  function lasting(
    outcome: Enrolled,
    { hostId, machineId }: { readonly hostId: string; readonly machineId: string },
  ): { endsMs: number; renewMs: number; location?: string } {
    if (outcome.outcome === 'enrolled' || outcome.outcome === 'repeated') {
      const { endsMs, location } = outcome;
      const renewMs = endsMs - CREDENTIAL_LASTS_MS + RENEWED_AFTER_MS;
      if (outcome.outcome === 'enrolled')
        logger.info({ host_id: hostId, actor: actorOf(undefined) }, 'the host has a new credential');
      return { endsMs, renewMs, ...(location !== undefined && { location }) };
    }
    if (outcome.outcome !== 'taken') throw refusal(outcome.outcome, hostId);
    const { enrolment, isNew } = outcome;
    const error = taken(enrolment, { machineId, nowMs: clock.nowMs() });
    const { waiting } = enrolment;
    if (isNew)
      logger.warn(
        { host_id: hostId, waiting: waiting && shownOf(waiting), actor: actorOf(undefined) },
        error.message,
      );
    throw error;
  }

  return {
    async createJoinToken({ name, hosts, endsMs, location, actor = UNNAMED_ACTOR }) {
      checkId(name, 'the name of a token');
      checkEnd(checkInstant(endsMs, 'the end'), clock.nowMs());
      if (location !== undefined) checkLocation(location);
      if (hosts < 1 || hosts > MOST_HOSTS) {
        throw new ExpectedError('USAGE', `a join token is for 1 to ${MOST_HOSTS} hosts, not for ${hosts}`);
      }
      const { text, id, hash } = makeToken();
      const token = { name, id, hash, scopes: [JOIN], endsMs };
      const record = await enrolments.grant(token, { location, hosts }, actor);
      logger.info({ actor: actorOf(actor), token: name, id, hosts, location }, 'join token created');
      return { token: text, info: infoOf(record) };
    },

    async joinHost({ hostId, machineId, ...shown }) {
      const credential = checked({ hostId, machineId, ...shown });
      const joinId = currentCaller()?.tokenId;
      if (joinId === undefined) throw refusal('no grant', hostId);
      const request = {
        ...{ joinId, hostId, machineId, credential },
        endsMs: clock.nowMs() + CREDENTIAL_LASTS_MS,
        isTaken: await isTaken({ hostId, machineId }, { reporting, clock }),
      };
      return lasting(await enrolments.join(request, UNNAMED_ACTOR), request);
    },

    async renewCredential({ hostId, machineId, ...shown }) {
      const credential = checked({ hostId, machineId, ...shown });
      const byId = currentCaller()?.tokenId;
      if (byId === undefined) throw refusal('no grant', hostId);
      const nowMs = clock.nowMs();
      const request = {
        ...{ byId, hostId, machineId, credential },
        endsMs: nowMs + CREDENTIAL_LASTS_MS,
        // Daemons that do not know the new credential yet accept the previous one.
        previousEndsMs: nowMs + RENEWED_AT_MOST_EVERY_MS,
      };
      const { endsMs, renewMs } = lasting(await enrolments.renew(request, UNNAMED_ACTOR), request);
      return { endsMs, renewMs };
    },

    async replaceHost({ hostId, machine: named, actor = UNNAMED_ACTOR }) {
      checkHostId(hostId);
      const machine = named === undefined ? undefined : machineNamed(named);
      const untilMs = clock.nowMs() + REPLACED_WITHIN_MS;
      const view = await reporting.current();
      const isKnown = view.hosts.has(hostId) || (await inventory.find({ hostId })) !== undefined;
      const allowed = await enrolments.allow({ hostId, isKnown }, { machine, untilMs }, actor);
      if (!allowed) throw await unknownHost(inventory, hostId, view);
      const { outcome, enrolment, asks } = allowed;
      if (outcome !== 'allowed') throw notNamed(enrolment, machine);
      logger.info(
        { actor: actorOf(actor), host_id: hostId, machine },
        'another machine may replace this host',
      );
      return { untilMs, ...(asks && { waiting: shownOf(asks) }) };
    },

    async listEnrolments({ limit: asked, cursor, hostId }) {
      const limit = pageLimit(asked);
      const afterHostId = parsePageCursor('enrolments', cursor);
      const nowMs = clock.nowMs();
      const found = await enrolments.list({ ...(afterHostId && { afterHostId }), hostId, limit: limit + 1 });
      const revoked = new Set(
        (await tokens.list()).filter((token) => token.revokedMs !== undefined).map(({ id }) => id),
      );
      const listed = found.slice(0, limit);
      return {
        nowMs,
        enrolments: listed
          .filter(({ current, waiting }) => current || waiting)
          .map((one) => infoOfEnrolment(one, revoked)),
        ...(found.length > limit && { nextCursor: pageCursor('enrolments', listed.at(-1)!.hostId) }),
      };
    },
  };
}

/** Whether another machine reports under this name. */
async function isTaken(
  { hostId, machineId }: { readonly hostId: string; readonly machineId: string },
  { reporting, clock }: { readonly reporting: ReportingHostsCache; readonly clock: Clock },
): Promise<boolean> {
  const { hosts, known } = await reporting.current();
  // Not known is not free; the agent asks again.
  if (!known)
    throw new ExpectedError('UNAVAILABLE', `it is unknown whether another machine reports as ${hostId}`, {
      hint: 'analyze does not answer; the agent retries within a minute.',
    });
  const sinceMs = clock.nowMs() - REPORTED_WITHIN_MS;
  const machines = (hosts.get(hostId)?.machines ?? []).filter((one) => one.lastReceivedMs > sinceMs);
  return machines.length > 0 && machines.every((one) => machineIdOf(one.machineId) !== machineId);
}

function machineNamed(named: string): string {
  // Messages and logs show a credential's id with what tokens begin with.
  const machine = tokenIdOf(named).toLowerCase();
  if (isMachineName(machine)) return machine;
  throw new ExpectedError('USAGE', `${JSON.stringify(named.slice(0, 140))} is not a machine id`, {
    hint: 'Give the id in /etc/machine-id or at least its first eight digits; minimon hosts enrolled lists waiting machines.',
  });
}

function checked(shown: {
  readonly hostId: string;
  readonly machineId: string;
  readonly id: string;
  readonly hash: string;
}) {
  const { hostId, machineId, id, hash } = shown;
  checkHostId(hostId);
  // Its credential's scope has the name in it, where this would be many hosts.
  if (isGlob(hostId))
    throw new ExpectedError(
      'BAD_ID',
      `a host named ${hostId} cannot be enrolled: the name is a glob that matches other hosts`,
      {
        hint: 'Set agent.host_id to a name without * ? [, or create a token for it with minimon tokens create.',
      },
    );
  const credential = readTokenHash(id, hash);
  if (!isWholeMachineId(machineId) || !credential)
    throw new ExpectedError('BAD_REQUEST', 'invalid machine id or credential hash');
  return credential;
}

function refusal(why: 'no grant' | 'ended' | 'used up' | 'too soon', hostId: string): ExpectedError {
  if (why === 'too soon')
    return new ExpectedError('UNAVAILABLE', `the credential of ${hostId} was renewed a moment ago`, {
      hint: `It is renewed every ${formatDuration(RENEWED_AT_MOST_EVERY_MS)} at most.`,
    });
  const hint = 'Create a join token: minimon hosts enroll';
  if (why === 'ended') return new ExpectedError('UNAUTHENTICATED', 'the join token has expired', { hint });
  const message =
    why === 'used up'
      ? 'the join token is used up: it has enrolled as many hosts as it allows'
      : `the token is neither a join token nor the credential of ${hostId}`;
  return new ExpectedError('NOT_ALLOWED', message, { hint });
}

/** Does not reveal the machine id: the caller could then claim it. */
function taken(
  enrolment: Enrolment,
  asking: { readonly machineId: string; readonly nowMs: number },
): ExpectedError {
  const { hostId, current } = enrolment;
  const replace = `minimon hosts enroll --replace ${hostId} --machine ${shortMachineId(asking.machineId)}`;
  if (current === undefined || current.machineId !== asking.machineId) {
    const free = isKept(enrolment, asking.nowMs)
      ? 'is reserved for another machine'
      : 'reports from another machine';
    const other = current ? 'is enrolled as another machine' : free;
    return new ExpectedError('HOST_ENROLLED', `${hostId} ${other}`, {
      hint: `If this one is to be ${hostId}, allow it (${replace}), and give it a valid join token. If it is a copy, give it its own name and machine id.`,
    });
  }
  const why =
    current.endsMs <= asking.nowMs
      ? 'the credential has expired'
      : 'it was lost, revoked, or renewed by a copy of this machine';
  return new ExpectedError(
    'HOST_ENROLLED',
    `${hostId} is already enrolled, and this is not its credential: ${why}`,
    { hint: `Allow it again (${replace}), and give it a valid join token.` },
  );
}

/** Allowing a machine names it: another machine may be waiting by now than the operator saw. */
function notNamed({ hostId, waiting }: Enrolment, machine: string | undefined): ExpectedError {
  const asks =
    waiting && `${waiting.machineId}${waiting.address === undefined ? '' : ` at ${waiting.address}`}`;
  if (machine === undefined)
    return new ExpectedError('USAGE', `a machine is waiting to replace ${hostId}, but was not confirmed`, {
      hint: `The waiting machine is ${asks}; confirm it with --machine.`,
    });
  return new ExpectedError('MACHINE_UNKNOWN', `the machine ${machine} is not waiting to replace ${hostId}`, {
    hint:
      asks === undefined
        ? 'No machine is waiting. With its whole id (32 digits, /etc/machine-id) it may enroll within an hour.'
        : `${asks} is waiting. To allow another machine give its whole id (32 digits, /etc/machine-id); to reject the waiting one, revoke its join token.`,
  });
}

const shownOf = ({ machineId, tokenId, address, askedMs }: NonNullable<Enrolment['waiting']>) => ({
  ...{ machineId, tokenId, askedMs },
  ...(address !== undefined && { address }),
});

function infoOfEnrolment(
  { hostId, current, waiting }: Enrolment,
  revoked: ReadonlySet<string>,
): EnrolmentInfo {
  const shown = waiting && { waiting: shownOf(waiting) };
  if (!current) return { hostId, revoked: false, ...shown };
  const { previousId: _, ...rest } = current;
  return { hostId, ...rest, revoked: revoked.has(current.tokenId), ...shown };
}
