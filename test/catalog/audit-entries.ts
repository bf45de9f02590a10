// The entries of an audit log one by one, oldest first.
import type { AuditLog } from '../../src/catalog/audit.ts';

export async function auditEntries(audit: Pick<AuditLog, 'changes'>) {
  const { changes } = await audit.changes({ limit: 100 });
  return changes
    .toReversed()
    .flatMap(({ atMs, actor, entries }) => entries.map((entry) => ({ atMs, actor, ...entry })));
}
