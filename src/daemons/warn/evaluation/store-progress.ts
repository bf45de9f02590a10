// Which partitions the store has consumed up to the point where this warn started reading.
import type { AnalyzeService } from '../../../api/analyze.ts';

export type StoreProgressParts = {
  readonly analyze: Pick<AnalyzeService, 'listReportingHosts'>;
  readonly partitions: number;
};

/** By partition: the stamp of the newest record that was read. One that is absent was not heard yet. */
export type Heard = ReadonlyMap<number, number>;

export function createStoreProgress({ analyze, partitions }: StoreProgressParts) {
  const newest = new Map<number, number>();
  const first = new Map<number, number>();

  return {
    received(partition: number, receivedMs: number): void {
      newest.set(partition, receivedMs);
      if (!first.has(partition)) first.set(partition, receivedMs);
    },
    /** To be asked of the store later: what comes from now on, evaluation has by itself. */
    heard: (): Heard => new Map(newest),
    /**
     * The partitions of which readers of the store see all that was heard by then; none while persist replays. Rejects
     * while analyze does not answer.
     */
    async through(heard: Heard): Promise<ReadonlySet<number>> {
      if (newest.size === 0) return new Set();
      const sinceMs = Math.max(0, ...newest.values());
      const { watermarks, replaying } = await analyze.listReportingHosts({ sinceMs, limit: 1 });
      if (replaying !== undefined) return new Set();
      const marks = new Map(watermarks.map(({ partition, receivedMs }) => [partition, receivedMs]));
      const all = Array.from({ length: partitions }, (_, partition) => partition);
      // Of a partition that was not heard then all that came is known here; a store that is always a little behind never has the newest.
      const wanted = (partition: number) => heard.get(partition) ?? first.get(partition);
      return new Set(
        all.filter((partition) => (marks.get(partition) ?? -1) >= (wanted(partition) ?? Infinity)),
      );
    },
  };
}
export type StoreProgress = ReturnType<typeof createStoreProgress>;
