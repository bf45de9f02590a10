// What clients of Prometheus ask of the server itself: its version, its flags, and what a server that scrapes would have.

/** What clients learn our abilities from; without `features` Grafana takes us for a plain Prometheus. */
const BUILD = { version: '3.0.0', revision: '', branch: '', buildUser: '', buildDate: '', goVersion: '' };
/** Those that say how queries are answered. */
const FLAGS = {
  'query.lookback-delta': '5m',
  'query.max-samples': '5000000',
  'query.timeout': '2m',
  'web.enable-remote-write-receiver': 'false',
};

/** By path. Nothing is scraped or told from here: these lists are empty, and the configuration is none of Prometheus'. */
export const STATUS: Readonly<Record<string, unknown>> = {
  '/status/buildinfo': BUILD,
  '/status/flags': FLAGS,
  '/status/config': { yaml: '' },
  '/targets': { activeTargets: [], droppedTargets: [], droppedTargetCounts: {} },
  '/targets/metadata': [],
  '/scrape_pools': { scrapePools: [] },
  '/alertmanagers': { activeAlertmanagers: [], droppedAlertmanagers: [] },
};
