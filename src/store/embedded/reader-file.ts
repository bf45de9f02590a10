// A week file as the reader sees it: which series it has, and their chunks.
import { parseSeriesKey } from '../../domain/tick.ts';
import { openSqlite } from '../../runtime/sqlite.ts';
import type { SeriesName } from './head.ts';

export type FiledSeries = SeriesName & { readonly id: number; readonly hostId: string };

export type ReaderFile = {
  readonly week: number;
  /** All series, or those of some hosts; what the writer added since is noticed. */
  series(hosts: readonly string[] | undefined): Iterable<FiledSeries>;
  chunk(row: number): Uint8Array | undefined;
  close(): void;
};

export function openReaderFile(path: string, week: number): ReaderFile {
  const db = openSqlite({ path, synchronous: 'normal', readonly: true });
  try {
    const newSeries = db
      .prepare<[number], [number, string, string]>(
        'SELECT id, host, key FROM series WHERE id > ? ORDER BY id',
      )
      .raw();
    const chunk = db.prepare<[number], Buffer>('SELECT data FROM chunks WHERE id = ?').pluck();
    const all: FiledSeries[] = [];
    const byHost = new Map<string, FiledSeries[]>();
    // Most hosts have the same series: their names are kept once.
    const names = new Map<string, SeriesName>();
    let highest = 0;

    const refresh = () => {
      for (const [id, hostId, key] of newSeries.iterate(highest)) {
        highest = id;
        let name = names.get(key);
        if (!name) {
          name = { key, ...parseSeriesKey(key) };
          names.set(key, name);
        }
        const series = { id, hostId, key: name.key, metric: name.metric, labels: name.labels };
        all.push(series);
        const ofHost = byHost.get(hostId);
        if (ofHost) ofHost.push(series);
        else byHost.set(hostId, [series]);
      }
    };

    return {
      week,
      series(hosts) {
        refresh();
        return hosts ? hosts.flatMap((id) => byHost.get(id) ?? []) : all;
      },
      chunk: (row) => chunk.get(row),
      close: () => void db.close(),
    };
  } catch (error) {
    db.close();
    throw error;
  }
}
