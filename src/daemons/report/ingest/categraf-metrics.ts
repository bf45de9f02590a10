// Categraf, which sends Telegraf's metrics by remote write with their names joined: gathered into Telegraf's lines again.
import type { Line } from '../../../domain/line-protocol.ts';
import type { Origin } from './foreign-ticks.ts';

/** Those with metrics of minimon's in them. */
const NAME = /^(cpu|mem|disk|diskio|net|system|processes)_(.+)$/;
/** Of the sender, not of what is measured. */
const SENDERS: ReadonlySet<string> = new Set(['__name__', 'agent_hostname', 'ident']);

type Draft = {
  readonly measurement: string;
  readonly tags: Map<string, string>;
  readonly fields: Map<string, number>;
  readonly names: Map<string, string>;
};

export type CategrafLines = {
  /** False for a series that is in none of Telegraf's measurements which minimon's metrics are made of. */
  add(
    name: string,
    labels: ReadonlyMap<string, string>,
    sample: { readonly of: Origin; readonly value: number },
  ): boolean;
  /** `names`: of each field, as it came. */
  lines(): Iterable<{
    readonly of: Origin;
    readonly line: Line;
    readonly names: ReadonlyMap<string, string>;
  }>;
};

export const isCategraf = (labels: ReadonlyMap<string, string>): boolean =>
  labels.has('agent_hostname') || labels.has('ident');

export function createCategrafLines(): CategrafLines {
  const drafts = new Map<string, { readonly of: Origin; readonly line: Draft }>();
  return {
    add(name, labels, { of, value }) {
      const [, measurement = '', field = ''] = NAME.exec(name) ?? [];
      if (measurement === '') return false;
      const tags = new Map([...labels].filter(([label]) => !SENDERS.has(label)));
      const key = JSON.stringify([of.timeMs, of.hostId, measurement, [...tags].sort()]);
      let draft = drafts.get(key);
      if (!draft)
        drafts.set(key, (draft = { of, line: { measurement, tags, fields: new Map(), names: new Map() } }));
      // It says how busy the CPUs are where Telegraf says how idle.
      const isActive = measurement === 'cpu' && field === 'usage_active';
      const telegrafs = isActive ? 'usage_idle' : field;
      draft.line.fields.set(telegrafs, isActive ? 100 - value : value);
      draft.line.names.set(telegrafs, name);
      return true;
    },
    *lines() {
      for (const { of, line } of drafts.values()) {
        const { names, ...rest } = line;
        yield { of, line: { ...rest, time: undefined }, names };
      }
    },
  };
}
