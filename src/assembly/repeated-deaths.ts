// Crash-loop protection: records fatal errors in the data directory; after three of one kind within ten minutes the
// next start holds.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { createDaemonBase } from '../daemons/daemon.ts';
import { messageOf } from '../domain/errors.ts';
import { createLifecycle } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logging.ts';
import type { Supervised } from './signals.ts';

const DEATHS = 3;
const WITHIN_MS = 600_000;
/** Of any kind. */
const KEPT = 20;

type Death = { readonly reason: string; readonly uptimeMs: number };

export type Deaths = {
  /** Why the next start should hold instead of crashing again. */
  repeated(): string | undefined;
  note(error: Error): void;
  clear(): void;
};

/** Times are the machine's uptime: monotonic from one process to the next, and after a reboot all is forgotten. */
export function openDeaths(parts: {
  /** One for each thing that is started by itself: `up` or a daemon's name. */
  readonly name: string;
  readonly directory: string;
  readonly logger: Logger;
  readonly uptimeMs?: () => number;
}): Deaths {
  const { logger, uptimeMs = () => uptime() * 1_000 } = parts;
  const path = join(parts.directory, `deaths-${parts.name}.json`);

  function recent(): readonly Death[] {
    const nowMs = uptimeMs();
    try {
      const deaths: unknown = JSON.parse(readFileSync(path, 'utf8'));
      if (!Array.isArray(deaths)) return [];
      return deaths
        .filter(isDeath)
        .filter((death) => death.uptimeMs <= nowMs && nowMs - death.uptimeMs < WITHIN_MS);
    } catch {
      // Missing or unreadable: nothing is known of earlier deaths, and the start goes on.
      return [];
    }
  }

  return {
    repeated() {
      const deaths = recent();
      const last = deaths.at(-1);
      if (!last) return undefined;
      const same = deaths.filter((death) => kindOf(death.reason) === kindOf(last.reason));
      return same.length >= DEATHS ? last.reason : undefined;
    },
    note(error) {
      const deaths = [...recent(), { reason: messageOf(error), uptimeMs: uptimeMs() }];
      try {
        writeFileSync(path, JSON.stringify(deaths.slice(-KEPT)), { mode: 0o600 });
      } catch (failure) {
        logger.warn(`cannot write ${path}: ${messageOf(failure)}`);
      }
    },
    clear() {
      try {
        rmSync(path, { force: true });
      } catch (failure) {
        logger.warn(`cannot remove ${path}: ${messageOf(failure)}`);
      }
    },
  };
}

const isDeath = (death: unknown): death is Death =>
  typeof (death as Death | null)?.reason === 'string' && Number.isFinite((death as Death).uptimeMs);

/** Reasons name partitions, addresses and sizes. */
const kindOf = (reason: string): string => reason.split('\n')[0]!.replace(/\d+/g, '#');

/** Runs in place of daemons that crash repeatedly: answers probes with the reason until it is stopped manually. */
export function createHeld(parts: {
  readonly reason: string;
  readonly deaths: Deaths;
  readonly logger: Logger;
  /** Where the daemons answer probes, by name. */
  readonly probes: ReadonlyMap<string, string>;
}): Supervised & { readonly text: string; readonly addresses: () => readonly string[] } {
  const { reason, deaths, logger, probes } = parts;
  const lifecycle = createLifecycle({ onError: (message) => logger.warn(message) });
  const addresses: string[] = [];
  const text =
    `on hold after ${DEATHS} fatal errors within ${WITHIN_MS / 60_000} min, each: ${reason.split('\n')[0]!}. ` +
    'Fix the cause (see the log), then restart this process';
  return {
    text,
    addresses: () => addresses,
    async start() {
      logger.fatal(text);
      for (const [name, address] of probes) {
        const base = createDaemonBase(name, { logger });
        base.health.check('held', () => text);
        const daemon = base.daemon(async () => void (await base.listenHttp(address)));
        lifecycle.own(name, daemon, (started) => started.stop());
        await daemon.start();
        addresses.push(...Object.values(daemon.addresses()));
      }
    },
    async stop() {
      await lifecycle.stop();
      // Stopped by somebody who has read why: the next start tries again.
      deaths.clear();
    },
  };
}
