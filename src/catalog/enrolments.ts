// Enrolment of hosts: uses of join tokens, and which machine holds the credential of each host.
import { RENEWED_AT_MOST_EVERY_MS } from '../domain/enrolment.ts';
import { formatInstant } from '../domain/instant.ts';
import { currentCaller } from '../runtime/caller.ts';
import type { Clock } from '../runtime/clock.ts';
import type { TokenText } from '../runtime/token.ts';
import { type AuditChange, recordChanges } from './audit.ts';
import type { CatalogDatabase } from './database.ts';
import {
  type Allowed,
  type Enrolment,
  isSame,
  letIn,
  mayTake,
  stillWaiting,
  waitingOf,
  withoutGone,
} from './enrolment-places.ts';
import { isRepeated, issue, revoke, supersede } from './host-credentials.ts';
import {
  addHosts,
  recordInventoryChanges,
  rememberLocations,
  rowsOf,
  setLocation,
  type Tx,
} from './inventory-rows.ts';
import { grantOf, type JoinGrant, putGrant } from './join-grants.ts';
import { fromBytes, rowLimit, toBytes } from './schema.ts';
import {
  checkNameFree,
  insertToken,
  isInForce,
  lockTokens,
  type NewToken,
  type TokenRecord,
  tokenById,
  tokenDetail,
} from './tokens.ts';

export type JoinRequest = {
  /** The join token's. */
  readonly joinId: string;
  readonly hostId: string;
  readonly machineId: string;
  readonly credential: TokenText;
  readonly endsMs: number;
  /** Another machine reports under this name, although none is enrolled. */
  readonly isTaken: boolean;
};

export type RenewRequest = {
  /** The token that it is asked with. */
  readonly byId: string;
  readonly hostId: string;
  readonly machineId: string;
  readonly credential: TokenText;
  readonly endsMs: number;
  /** When the one before ends at the latest. */
  readonly previousEndsMs: number;
};

/** `taken`: by the machine of `enrolment`; the one that asked waits there. */
export type Enrolled =
  | { readonly outcome: 'enrolled' | 'repeated'; readonly endsMs: number; readonly location?: string }
  | { readonly outcome: 'no grant' | 'ended' | 'used up' | 'too soon' }
  | { readonly outcome: 'taken'; readonly enrolment: Enrolment; readonly isNew: boolean };

export type Enrolments = {
  grant(token: NewToken, grant: Omit<JoinGrant, 'joined'>, actor: string): Promise<TokenRecord>;
  /** All or nothing: the credential, its place in the count, the host and its location. Asked again, it is as it was. */
  join(request: JoinRequest, actor: string): Promise<Enrolled>;
  renew(request: RenewRequest, actor: string): Promise<Enrolled>;
  /**
   * Lets another machine take the place: the one that waits, where `machine` names it, else the one of that whole id; without
   * a name, where none waits, the next one, until then. Undefined, and nothing is done, where no machine ever was this host
   * or asked to be, unless it is known otherwise.
   */
  allow(
    host: { readonly hostId: string; readonly isKnown: boolean },
    whom: { readonly machine?: string | undefined; readonly untilMs: number },
    actor: string,
  ): Promise<Allowed | undefined>;
  /** In byte order of host id, after `afterHostId`, or of one host; machines that wait no longer are not named. */
  list(query: {
    readonly afterHostId?: string;
    readonly hostId?: string | undefined;
    readonly limit: number;
  }): Promise<readonly Enrolment[]>;
  /** Of all of them: the host of each credential, by the token's id. */
  credentials(): Promise<ReadonlyMap<string, string>>;
};

export function createEnrolments(database: CatalogDatabase, clock: Clock): Enrolments {
  const change = <T>(work: (tx: Tx, nowMs: number) => Promise<T>) =>
    database.transaction(async (tx) => {
      await lockTokens(tx, database.locksRows);
      return work(tx, clock.nowMs());
    });

  return {
    grant: (token, grant, actor) =>
      change(async (tx, nowMs) => {
        const { location, hosts } = grant;
        await checkNameFree(tx, token.name, nowMs);
        const record = await insertToken(tx, token, { actor, nowMs });
        await putGrant(tx, token.id, { ...grant, joined: 0 });
        const good = { hosts: `${hosts}`, ...(location !== undefined && { location }) };
        const detail = { ...tokenDetail(token), ...good };
        await note(tx, { actor, nowMs }, { action: 'token.add', subject: token.name, detail });
        return record;
      }),

    join: (request, actor) =>
      change(async (tx, nowMs): Promise<Enrolled> => {
        const { joinId, hostId, credential } = request;
        const grant = await grantOf(tx, joinId);
        const token = await tokenById(tx, joinId);
        if (!grant || !token) return { outcome: 'no grant' };
        if (!isInForce(token, nowMs)) return { outcome: 'ended' };
        const enrolment: Enrolment = (await enrolmentOf(tx, hostId)) ?? { hostId };
        const location = grant.location === undefined ? {} : { location: grant.location };
        const { current } = enrolment;
        if (current && (await isRepeated(tx, current, { credential, nowMs })))
          return { outcome: 'repeated', endsMs: current.endsMs, ...location };
        if (grant.joined >= grant.hosts) return { outcome: 'used up' };
        if (!mayTake(enrolment, { asking: request, isTaken: request.isTaken, nowMs }))
          return refuse(tx, enrolment, { request, actor, nowMs });
        const detail = await take(tx, enrolment, request, nowMs);
        await putGrant(tx, joinId, { ...grant, joined: grant.joined + 1 });
        await note(tx, { actor, nowMs }, { action: 'enrolment.join', subject: hostId, detail });
        if (grant.location !== undefined) {
          const place = { hostId, location: grant.location, nowMs };
          await assign(tx, place, { actor, lock: database.locksRows });
        }
        return { outcome: 'enrolled', endsMs: request.endsMs, ...location };
      }),

    renew: (request, actor) =>
      change(async (tx, nowMs): Promise<Enrolled> => {
        const { hostId, byId, credential, endsMs, machineId } = request;
        const enrolment = await enrolmentOf(tx, hostId);
        const current = enrolment?.current;
        // The gate may not know yet that it was revoked; and nobody asks for a host that is not theirs.
        const by = await tokenById(tx, byId);
        const isTheirs = by && isInForce(by, nowMs) && by.scopes.includes(`report:${hostId}`);
        if (!current || !isTheirs) return { outcome: 'no grant' };
        const isOwn = current.machineId === machineId;
        if (isOwn && (await isRepeated(tx, current, { credential, nowMs })))
          return { outcome: 'repeated', endsMs: current.endsMs };
        // One that was renewed already: of two machines that hold it, the other one was first.
        if (!isOwn || current.tokenId !== byId) return refuse(tx, enrolment, { request, actor, nowMs });
        // Each renewal is a token that all daemons fetch, and an entry of the audit log.
        const sinceMs = nowMs - current.renewedMs;
        if (sinceMs >= 0 && sinceMs < RENEWED_AT_MOST_EVERY_MS) return { outcome: 'too soon' };
        await supersede(tx, { ...current, untilMs: request.previousEndsMs });
        await issue(tx, { hostId, credential, endsMs, nowMs });
        const renewed = { tokenId: credential.id, previousId: byId, renewedMs: nowMs, endsMs };
        await put(tx, { ...enrolment, current: { ...current, ...renewed } });
        const detail = { id: credential.id, before: byId, until: formatInstant(endsMs) };
        await note(tx, { actor, nowMs }, { action: 'enrolment.renew', subject: hostId, detail });
        return { outcome: 'enrolled', endsMs };
      }),

    allow: ({ hostId, isKnown }, { machine, untilMs }, actor) =>
      change(async (tx, nowMs): Promise<Allowed | undefined> => {
        const found = await enrolmentOf(tx, hostId);
        if (!found && !isKnown) return undefined;
        const allowed = letIn(found ?? { hostId }, { machine, untilMs, nowMs });
        if (allowed.outcome !== 'allowed') return allowed;
        await put(tx, allowed.enrolment);
        const named = allowed.asks?.machineId ?? machine;
        const detail = { until: formatInstant(untilMs), ...(named !== undefined && { machine: named }) };
        await note(tx, { actor, nowMs }, { action: 'enrolment.allow', subject: hostId, detail });
        return allowed;
      }),

    async list({ afterHostId, hostId, limit }) {
      const rows = await database.read((db) => {
        let query = db.selectFrom('enrolments').selectAll().orderBy('host_id').limit(rowLimit(limit));
        if (hostId !== undefined) query = query.where('host_id', '=', toBytes(hostId));
        if (afterHostId !== undefined) query = query.where('host_id', '>', toBytes(afterHostId));
        return query.execute();
      });
      const nowMs = clock.nowMs();
      return rows.map((row) => withoutGone(readRow(fromBytes(row.host_id), row), nowMs));
    },

    async credentials() {
      const rows = await database.read((db) => db.selectFrom('enrolments').selectAll().execute());
      const hosts = new Map<string, string>();
      for (const row of rows) {
        const { hostId, current } = readRow(fromBytes(row.host_id), row);
        for (const id of [current?.tokenId, current?.previousId]) if (id !== undefined) hosts.set(id, hostId);
      }
      return hosts;
    },
  };
}

const readRow = (hostId: string, { record }: { readonly record: string }): Enrolment => ({
  ...(JSON.parse(record) as Omit<Enrolment, 'hostId'>),
  hostId,
});

const note = (tx: Tx, { actor, nowMs }: { actor: string; nowMs: number }, change: AuditChange) =>
  recordChanges(tx, { actor, atMs: nowMs, changes: [change] });

async function enrolmentOf(tx: Tx, hostId: string): Promise<Enrolment | undefined> {
  const rows = tx.selectFrom('enrolments').select('record').where('host_id', '=', toBytes(hostId));
  const row = await rows.executeTakeFirst();
  return row && readRow(hostId, row);
}

async function put(tx: Tx, { hostId, ...rest }: Enrolment): Promise<void> {
  const [host_id, record] = [toBytes(hostId), JSON.stringify(rest)];
  await tx.deleteFrom('enrolments').where('host_id', '=', host_id).execute();
  await tx.insertInto('enrolments').values({ host_id, record }).execute();
}

/** The credentials of the machine before are revoked. Returns what the audit log says of it. */
async function take(tx: Tx, { current }: Enrolment, { joinId, ...request }: JoinRequest, nowMs: number) {
  const { hostId, machineId, credential, endsMs } = request;
  await revoke(tx, current, nowMs);
  await issue(tx, { hostId, credential, endsMs, nowMs });
  const { id: tokenId } = credential;
  const now = { machineId, tokenId, enrolledMs: nowMs, renewedMs: nowMs, endsMs };
  await put(tx, { hostId, current: now });
  return { id: tokenId, machine: machineId, join: joinId, ...(current && { instead: current.machineId }) };
}

/** The machine that asked waits to be allowed; said in the audit log once, and not with each time that it asks. */
async function refuse(
  tx: Tx,
  enrolment: Enrolment,
  by: { readonly request: JoinRequest | RenewRequest; readonly actor: string; readonly nowMs: number },
): Promise<Enrolled> {
  const { request, actor, nowMs } = by;
  const { hostId, machineId } = request;
  const before = stillWaiting(enrolment, nowMs);
  const isNew = before === undefined;
  if (before && !isSame(before, request)) return { outcome: 'taken', enrolment, isNew };
  const waiting = waitingOf(request, { address: currentCaller()?.address, askedMs: nowMs });
  const kept = { ...enrolment, waiting };
  await put(tx, kept);
  const detail = {
    machine: machineId,
    ...(enrolment.current && { enrolled: enrolment.current.machineId }),
  };
  if (!enrolment.waiting || !isSame(enrolment.waiting, request))
    await note(tx, { actor, nowMs }, { action: 'enrolment.refuse', subject: hostId, detail });
  return { outcome: 'taken', enrolment: kept, isNew };
}

/** A host that already has a location keeps it; the join token's location does not move it. */
async function assign(
  tx: Tx,
  { hostId, location, nowMs }: { readonly hostId: string; readonly location: string; readonly nowMs: number },
  { actor, lock }: { readonly actor: string; readonly lock: boolean },
): Promise<void> {
  const row = (await rowsOf(tx, { hostIds: [hostId], lock })).get(hostId);
  if (row && row.location !== null) return;
  if (row) await setLocation(tx, { hostIds: [hostId], location, nowMs });
  else await addHosts(tx, [{ hostId, location }], nowMs);
  await rememberLocations(tx, [{ location }], nowMs);
  const action = row ? 'host.move' : 'host.add';
  await recordInventoryChanges(
    tx,
    { actor, atMs: nowMs, changes: [{ action, subject: hostId, detail: { to: location } }] },
    lock,
  );
}
