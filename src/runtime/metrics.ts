// A daemon's own numbers in Prometheus text. Sole home of @prometheus-io/client.
import client from '@prometheus-io/client';

export type Counter = {
  add(by?: number, labels?: Readonly<Record<string, string>>): void;
  value(labels?: Readonly<Record<string, string>>): number;
};

export type Metrics = {
  /** Names are given without the `minimon_` in front. */
  counter(name: string, help: string, labelNames?: readonly string[]): Counter;
  /** Read at scrape time. A record of label value -> number needs the one label name. */
  gauge(
    name: string,
    help: string,
    read: () =>
      | number
      | Readonly<Record<string, number>>
      | Promise<number | Readonly<Record<string, number>>>,
    labelName?: string,
  ): void;
  /** Seconds, with buckets from 1 ms to 10 s. */
  histogram(name: string, help: string): { observe(seconds: number): void };
  text(): Promise<string>;
};

export function createMetrics(daemon: string): Metrics {
  const registry = new client.Registry();
  registry.setDefaultLabels({ daemon });
  return {
    counter(name, help, labelNames = []) {
      const counter = new client.Counter({
        name: `minimon_${name}`,
        help,
        labelNames: [...labelNames],
        registers: [registry],
      });
      const totals = new Map<string, number>();
      if (labelNames.length === 0) counter.inc(0);
      return {
        add(by = 1, labels = {}) {
          if (by === 0) return;
          counter.inc({ ...labels }, by);
          const key = labelNames.map((label) => labels[label]).join('\u0000');
          totals.set(key, (totals.get(key) ?? 0) + by);
        },
        value: (labels) =>
          labels
            ? (totals.get(labelNames.map((label) => labels[label]).join('\u0000')) ?? 0)
            : [...totals.values()].reduce((sum, part) => sum + part, 0),
      };
    },
    gauge(name, help, read, labelName) {
      new client.Gauge({
        name: `minimon_${name}`,
        help,
        labelNames: labelName ? [labelName] : [],
        registers: [registry],
        async collect() {
          const value = await read();
          this.reset();
          if (typeof value === 'number') this.set(value);
          else
            for (const [label, number] of Object.entries(value))
              this.set({ [labelName as string]: label }, number);
        },
      });
    },
    histogram(name, help) {
      const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
      const histogram = new client.Histogram({
        name: `minimon_${name}`,
        help,
        buckets,
        registers: [registry],
      });
      return { observe: (seconds) => histogram.observe(seconds) };
    },
    text: () => registry.metrics(),
  };
}
