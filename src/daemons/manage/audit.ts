// Reading the audit log, and undoing changes.

import type { AuditedChange as ListedChange } from '../../api/inventory-changes.ts';
import type { ManageService } from '../../api/manage.ts';
import type { AuditedChange, AuditLog } from '../../catalog/audit.ts';
import { isUndoable } from '../../catalog/undo.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { checkInstant } from '../../domain/instant.ts';
import { checkLocation } from '../../domain/names.ts';
import { pageCursor, pageLimit, parsePageCursor } from '../../domain/page-cursor.ts';
import { actorOf, UNNAMED_ACTOR } from '../../runtime/caller.ts';
import type { ServiceParts } from './inventory-entries.ts';

const LOOKED_AT = 200;

export function createAudit({
  inventory,
  audit,
  logger,
}: ServiceParts & { readonly audit: AuditLog }): Pick<ManageService, 'listAudit' | 'undoChange'> {
  /** The newest change of hosts or locations that was not taken back and takes none back. */
  async function newestToUndo(): Promise<number> {
    const undone = new Set<number>();
    for (let beforeId: number | undefined; ; ) {
      const { changes, more } = await audit.changes({ beforeId, limit: LOOKED_AT });
      for (const change of changes) {
        if (undone.has(change.id) || !isUndoable(change)) continue;
        if (change.undoes === undefined) return change.id;
        undone.add(change.undoes);
      }
      if (!more) throw new ExpectedError('CHANGE_UNKNOWN', 'there is no change of hosts to undo');
      beforeId = changes.at(-1)!.id;
    }
  }

  return {
    async listAudit({ host, location, actor, sinceMs, limit, cursor }) {
      if (location !== undefined) checkLocation(location);
      if (sinceMs !== undefined) checkInstant(sinceMs, 'since');
      const after = parsePageCursor('audit', cursor);
      const { changes, more } = await audit.changes({
        ...{ host, location, actor, sinceMs, limit: pageLimit(limit) },
        beforeId: after === undefined ? undefined : Number(after),
      });
      const last = changes.at(-1);
      return {
        changes: changes.map(listed),
        ...(more && last && { nextCursor: pageCursor('audit', String(last.id)) }),
      };
    },

    async undoChange({ id, force = false, actor = UNNAMED_ACTOR, dryRun = false }) {
      const wanted = id ?? (await newestToUndo());
      const hosts = await inventory.undo(wanted, { actor, force, dryRun });
      const change = await audit.change(wanted);
      if (!dryRun)
        logger.info({ actor: actorOf(actor), undone: wanted, hosts: hosts.length }, 'change of hosts undone');
      return { change: listed(change!), hosts };
    },
  };
}

function listed({ id, atMs, actor, address, undoes, entries }: AuditedChange): ListedChange {
  return {
    ...{ id, timeMs: atMs, actor },
    ...(address !== undefined && { address }),
    ...(undoes !== undefined && { undoes }),
    entries: entries.map(({ action, subject, detail: { from, to, ...detail } }) => ({
      ...{ action, subject, detail },
      ...(from !== undefined && { before: from }),
      ...(to !== undefined && { after: to }),
    })),
  };
}
