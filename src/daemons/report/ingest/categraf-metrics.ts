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
};

export type CategrafLines = {
  /** False for a series that is in none of Telegraf's measurements which minimon's metrics are made of. */
  add(
    name: string,
    labels: ReadonlyMap<string, string>,
    sample: { readonly of: Origin; readonly value: number },
  ): boolean;
  lines(): Iterable<{ readonly of: Origin; readonly line: Line }>;
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
      if (!draft) drafts.set(key, (draft = { of, line: { measurement, tags, fields: new Map() } }));
      // It says how busy the CPUs are where Telegraf says how idle.
      if (measurement === 'cpu' && field === 'usage_active') draft.line.fields.set('usage_idle', 100 - value);
      else draft.line.fields.set(field, value);
      return true;
    },
    *lines() {
      for (const { of, line } of drafts.values()) yield { of, line: { ...line, time: undefined } };
    },
  };
}
