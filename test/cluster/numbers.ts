// Reads a daemon's own numbers from its /metrics, and the points that InfluxDB itself counts.
import type { Influxdb } from '../servers/influxdb.ts';
import type { DaemonProcess } from './cluster.ts';

/** The sum over all labels. NaN for a number that is not there; rejects while the daemon does not answer. */
export async function numberOf(daemon: DaemonProcess, name: string): Promise<number> {
  const text = await (await fetch(`${daemon.url}/metrics`)).text();
  const values = text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)));
  if (values.length === 0) return Number.NaN;
  return values.reduce((sum, value) => sum + value, 0);
}

/** Samples in the bucket: asked past minimon, in one number. */
export async function countPoints(influxdb: Influxdb, bucket = 'hosts'): Promise<number> {
  const flux = `from(bucket: "${bucket}") |> range(start: -34d, stop: 1h)
    |> filter(fn: (r) => r._measurement !~ /^minimon_/) |> count() |> group() |> sum()`;
  const response = await fetch(`${influxdb.url}/api/v2/query?org=${influxdb.org}`, {
    method: 'POST',
    headers: {
      authorization: `Token ${influxdb.token}`,
      'content-type': 'application/vnd.flux',
      accept: 'application/csv',
    },
    body: flux,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`InfluxDB answers ${response.status}: ${text}`);
  const rows = text.trim().split(/\r?\n/);
  return rows.length < 2 ? 0 : Number(rows[1]!.split(',').at(-1));
}
