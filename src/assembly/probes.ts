// Where each daemon answers probes.
import type { Config, DaemonName } from './config-schema.ts';

export const PROBES = {
  agent: (config: Config) => config.agent.admin,
  report: (config: Config) => config.report.admin,
  persist: (config: Config) => config.persist.admin,
  analyze: (config: Config) => config.analyze.http,
  manage: (config: Config) => config.manage.http,
  warn: (config: Config) => config.warn.http,
} as const satisfies Record<DaemonName, (config: Config) => string>;
