// The audit log for commands, read page by page.
import type { AuditedChange } from './inventory-changes.ts';
import type { ManageClient } from './manage.ts';
import { readPages } from './pages.ts';

/** Default page size of commands: large changes make long pages. */
const PAGE = 100;

type AuditRequest = Omit<Parameters<ManageClient['listAudit']>[0], 'cursor' | 'limit'>;

/** The newest `limit` changes that fit, newest first. */
export async function readAudit(
  manage: Pick<ManageClient, 'listAudit'>,
  { limit, ...request }: AuditRequest & { readonly limit: number },
): Promise<{ readonly changes: readonly AuditedChange[]; readonly more: boolean }> {
  const { changes, nextCursor } = await readPages(
    'changes',
    (at) => manage.listAudit({ ...request, ...at }),
    { limit, atOnce: PAGE },
  );
  return { changes, more: nextCursor !== undefined };
}

/** Which of these names have no change in the log at all. */
export async function withoutChanges(
  manage: Pick<ManageClient, 'listAudit'>,
  { host, location }: { readonly host?: string | undefined; readonly location?: string | undefined },
): Promise<Pick<AuditRequest, 'host' | 'location'>> {
  const isNever = async (name: Pick<AuditRequest, 'host' | 'location'>) =>
    (await manage.listAudit({ ...name, limit: 1 })).changes.length === 0;
  return {
    ...(host !== undefined && (await isNever({ host })) && { host }),
    ...(location !== undefined && (await isNever({ location })) && { location }),
  };
}
