// Copies the alert history from one catalog to another, and counts what cannot be copied.
import type { Catalog } from '../../catalog/catalog.ts';
import type { HistoryEntry } from '../../domain/alerting/history.ts';

export type CopiedAlertHistory = {
  readonly entries: number;
  /** In the source, where the target has a history of its own already and keeps that. */
  readonly left: number;
  /** They belong to alerts that were told; the target's warn tells what it sees fire as new. */
  readonly acknowledgements: number;
};

type Source = {
  readonly alertHistory: Pick<Catalog['alertHistory'], 'list'>;
  readonly acknowledgements: Pick<Catalog['acknowledgements'], 'list'>;
};
type Target = { readonly alertHistory: Pick<Catalog['alertHistory'], 'list' | 'append'> };

const PAGE = 1_000;

/** In one transaction, so that a migration that is run again finds all of it or none. */
export async function copyAlertHistory(source: Source, target: Target): Promise<CopiedAlertHistory> {
  const entries: HistoryEntry[] = [];
  for (let beforeId: number | undefined; ; ) {
    const page = await source.alertHistory.list({ ...(beforeId && { beforeId }), limit: PAGE });
    entries.push(...page.map(({ id: _, ...entry }) => entry));
    if (page.length < PAGE) break;
    beforeId = page.at(-1)!.id;
  }
  const acknowledgements = (await source.acknowledgements.list()).length;
  if ((await target.alertHistory.list({ limit: 1 })).length > 0) {
    return { entries: 0, left: entries.length, acknowledgements };
  }
  await target.alertHistory.append(entries.reverse());
  return { entries: entries.length, left: 0, acknowledgements };
}
