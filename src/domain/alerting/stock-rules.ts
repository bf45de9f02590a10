// The stock rules of `minimon alerts apply --stock`: common problems, without false alarms on healthy hosts.
import type { Severity } from '../expression/syntax.ts';

export type StockRule = {
  readonly name: string;
  readonly expression: string;
  readonly severity: Severity;
  /** False if its end is not worth a notification. */
  readonly tellResolved?: boolean;
};

const rule = (name: string, severity: Severity, expression: string): StockRule => ({
  name,
  severity,
  expression,
});

/** host-silent and room-dark are built in. */
export const STOCK_RULES: readonly StockRule[] = [
  // A percentage alone alarms on large disks, bytes alone on small ones: both, of the same mount.
  rule('disk-full', 'warning', 'disk.usage > 90 clear < 88 and disk.free < 20GiB for 10m'),
  rule('disk-nearly-gone', 'critical', 'disk.usage > 95 clear < 93 and disk.free < 5GiB for 5m'),
  // The usage keeps nightly jobs on empty disks from being forecast.
  rule('disk-fills', 'warning', 'forecast(disk.free, 24h) < 0 and disk.usage > 60 for 1h'),
  rule('disk-fills-soon', 'critical', 'forecast(disk.free, 4h) < 0 and disk.usage > 80 for 30m'),
  rule('inodes', 'warning', 'disk.inodes > 90 warning clear < 85, > 97 critical clear < 93 for 10m'),
  rule('memory', 'warning', 'mem.usage > 90 warning clear < 85, > 97 critical clear < 93 for 15m'),
  // Swap in use harms nobody; swap in use on a full host does.
  rule('swapping', 'warning', 'swap.usage > 80 clear < 60 and mem.usage > 90 for 15m'),
  // Busy is not broken.
  rule('cpu', 'info', 'avg(cpu.usage, 15m) > 90 clear < 75'),
  rule('iowait', 'warning', 'avg(cpu.iowait, 15m) > 40 clear < 20'),
  rule('steal', 'warning', 'avg(cpu.steal, 20m) > 10 clear < 5'),
  // Hung NFS or a dying disk: the one symptom that CPU and load hide.
  rule('blocked-processes', 'warning', 'min(procs.blocked, 10m) > 5 clear < 2'),
  rule('disk-busy', 'info', 'avg(disk.busy, 15m) > 95 clear < 70'),
  rule('net-errors', 'warning', 'avg(net.errors, 1h) > 1/s clear < 0.1/s'),
  rule('clock', 'warning', 'abs(clock.offset) > 2s clear < 1s for 10m'),
  { ...rule('rebooted', 'info', 'uptime < 10m'), tellResolved: false },
  rule('load', 'info', 'load.per_core > 2 clear < 1.5 for 15m'),
];
