// Which ticks of the spool the next request has: the newest alone, then the backlog in full requests.
import { LIMITS } from '../../domain/tick.ts';
import type { Spool } from './spool.ts';
import type { SpooledTick } from './spool-file.ts';

/** Tag and length around each tick in a request. */
const TICK_OVERHEAD = 6;

export function createSendOrder(spool: Spool) {
  let isNewestSent = false;
  /** Ticks of an invalid request. */
  const oneByOne = new Set<number>();
  /** Refused for their time, and when they are tried again: by then another report, or a clock that was set, may take them. */
  const held = new Map<number, number>();

  return {
    next(nowMs: number): readonly SpooledTick[] {
      const except = new Set([...held].filter(([, retryMs]) => retryMs > nowMs).map(([id]) => id));
      // The newest tick goes alone, so that nothing in the backlog holds it up.
      const alone = !isNewestSent || oneByOne.size > 0;
      isNewestSent = true;
      const samples = alone ? 1 : LIMITS.samplesPerRequest;
      const ticks = spool.newest({ samples, bytes: LIMITS.requestBytes - 16, except });
      let bytes = 16;
      return ticks.filter((tick, i) => {
        bytes += tick.bytes.length + TICK_OVERHEAD;
        return i === 0 || (!alone && bytes <= LIMITS.requestBytes);
      });
    },
    newestFirst() {
      isNewestSent = false;
    },
    /** To find the tick that is invalid by itself. */
    retryOneByOne(ticks: readonly SpooledTick[]) {
      for (const tick of ticks) oneByOne.add(tick.id);
    },
    /** Takes them out of the spool. */
    remove(ticks: readonly SpooledTick[]) {
      spool.remove(ticks);
      for (const tick of ticks) {
        oneByOne.delete(tick.id);
        held.delete(tick.id);
      }
    },
    hold(ticks: readonly SpooledTick[], untilMs: number) {
      for (const tick of ticks) held.set(tick.id, untilMs);
    },
    isHolding: () => held.size > 0,
    clear() {
      oneByOne.clear();
      held.clear();
    },
  };
}
