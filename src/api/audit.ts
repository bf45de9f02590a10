// The audit log for commands, read page by page.
import type { AuditedChange } from './inventory-changes.ts';
import type { ManageClient } from './manage.ts';
import { readPages } from './pages.ts';

/** Commands show so many unless told otherwise: a page of many large changes is long. */
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
