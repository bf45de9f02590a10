// Which real clients a test run is asked for: MINIMON_TEST_CLIENTS is unset (none), `all` or a comma list.
import { namesIn } from '../servers/backends.ts';

/** `prometheus` has node_exporter and promtool with it; `prometheus3` is its remote write 2.0. */
export const CLIENTS = ['prometheus', 'prometheus3', 'telegraf', 'vmagent', 'opentelemetry'] as const;
export type ClientName = (typeof CLIENTS)[number];

/** For the `skip` option of a suite: false where the run asks for the client, else the reason to print. */
export const skipClient = (name: ClientName): string | false =>
  namesIn('MINIMON_TEST_CLIENTS', CLIENTS).has(name)
    ? false
    : `needs a real client: npm run test:clients, or MINIMON_TEST_CLIENTS=${name}`;
