// How fast simulated hosts are made: `node bench/simulate.ts [hosts] [hours]`. Prints CPU and ratios; asserts nothing.
import { bootIdOf, bootNumber, createFleet, isUp } from '../src/daemons/simulate/fleet.ts';
import { hostValues } from '../src/daemons/simulate/host-values.ts';
import { simulateOptions } from '../src/daemons/simulate/options.ts';
import { createRequestPacker } from '../src/daemons/simulate/request-packer.ts';
import { createSimulator } from '../src/daemons/simulate/simulator.ts';
import { LIMITS } from '../src/domain/tick.ts';
import { createVirtualClock } from '../src/runtime/clock.ts';
import { silentLogger } from '../src/runtime/logging.ts';
import { encodeRequest, encodeTick } from '../src/wire/tick-writer.ts';

const MINUTE = 60_000;
const hosts = Number(process.argv[2] ?? 500);
const hours = Number(process.argv[3] ?? 12);
const now = Date.UTC(2026, 2, 18, 12);
const times = Array.from({ length: hours * 60 }, (_, i) => now - (hours * 60 - i) * MINUTE);
const fleet = createFleet({ seed: 1, hosts, locations: Math.min(hosts, 5) });

type Outcome = { readonly samples: number; readonly bytes: number };
const measured = new Map<string, number>();

async function measure(name: string, work: () => Outcome | Promise<Outcome>): Promise<void> {
  const wall = performance.now();
  const before = process.cpuUsage();
  const { samples, bytes } = await work();
  const { user, system } = process.cpuUsage(before);
  const cpuSeconds = (user + system) / 1e6;
  measured.set(name, samples / cpuSeconds);
  const cells = [
    name.padEnd(34),
    `${(samples / cpuSeconds / 1e6).toFixed(2)} M samples/CPU s`.padStart(24),
    `${((cpuSeconds * 1e6) / samples).toFixed(3)} CPU s/M`.padStart(16),
    `${(samples / (performance.now() - wall) / 1e3).toFixed(2)} M samples/s`.padStart(18),
    bytes > 0 ? `${(bytes / samples).toFixed(1)} B/sample`.padStart(15) : '',
  ];
  console.log(cells.join(' '));
}

console.log(`${hosts} hosts, ${hours} h at 60 s, Node ${process.version}`);

await measure('values only', () => {
  const into = new Float64Array(LIMITS.seriesPerTick);
  let samples = 0;
  for (const host of fleet.hosts) {
    for (const timeMs of times) {
      hostValues(host, { timeMs, intervalMs: MINUTE }, into);
      samples += host.series.length;
    }
  }
  return { samples, bytes: 0 };
});

await measure('values, packed into requests', () => {
  const packer = createRequestPacker({ intervalMs: MINUTE, agentVersion: 'bench' });
  let samples = 0;
  let bytes = 0;
  const take = () => {
    const request = packer.take(true);
    samples += request?.samples ?? 0;
    bytes += request?.bytes.length ?? 0;
  };
  for (const host of fleet.hosts) {
    for (const timeMs of times) {
      if (packer.add(host, timeMs) !== 'full') continue;
      take();
      packer.add(host, timeMs);
    }
  }
  take();
  return { samples, bytes };
});

await measure('the same through the domain codec', () => {
  const into = new Float64Array(LIMITS.seriesPerTick);
  let samples = 0;
  let bytes = 0;
  for (const host of fleet.hosts.slice(0, Math.ceil(hosts / 10))) {
    const ticks: Uint8Array[] = [];
    for (const timeMs of times) {
      if (!isUp(host.life, timeMs)) continue;
      hostValues(host, { timeMs, intervalMs: MINUTE }, into);
      const bootId = bootIdOf(host, bootNumber(host.life, timeMs));
      const of = { hostId: host.hostId, machineId: host.machineId, bootId, agentVersion: 'bench' };
      const list = host.series.map(({ metric, labels }, i) => ({ metric, labels, value: into[i]! }));
      ticks.push(encodeTick({ ...of, timeMs, intervalMs: MINUTE, samples: list }));
      samples += list.length;
    }
    bytes += encodeRequest(ticks, true).length;
  }
  return { samples, bytes };
});

/** The whole simulator against a report that takes everything at once. */
async function simulate(given: Record<string, unknown>, rounds: number): Promise<Outcome> {
  const clock = createVirtualClock(now);
  let bytes = 0;
  const simulator = createSimulator(
    simulateOptions.parse({ hosts, locations: Math.min(hosts, 5), ...given }),
    {
      clock,
      logger: silentLogger,
      report: {
        async report(request) {
          bytes += request.length;
          const refused = { refusedSamples: 0, refusals: [] };
          return { acceptedSamples: 0, ...refused, receivedMs: now, sentMs: now };
        },
      },
    },
  );
  const abort = new AbortController();
  const running = simulator.run(abort.signal);
  while (clock.sleepers() === 0) await new Promise(setImmediate);
  if (rounds > 0) await clock.advanceTo(now + rounds * MINUTE + 10_000);
  abort.abort();
  const { sentSamples } = await running;
  return { samples: sentSamples, bytes };
}

await measure('simulator, backfill', () => simulate({ since: `${hours}h` }, 0));
await measure('simulator, live, a tick a request', () => simulate({ since: '0s' }, 20));
await measure('simulator, live, 200 ticks', () => simulate({ since: '0s', batch: 200 }, 20));

const packed = measured.get('values, packed into requests')!;
const plain = measured.get('the same through the domain codec')!;
const seriesPerHost = fleet.hosts.reduce((sum, host) => sum + host.series.length, 0) / hosts;
const live = measured.get('simulator, live, a tick a request')!;
console.log(`packed against the domain codec: ${(packed / plain).toFixed(1)}x`);
console.log(
  `10,000 hosts live at 60 s would take ${((10_000 * seriesPerHost) / live / 0.6).toFixed(2)} % of one CPU, report's client apart`,
);
