// What systeminformation answers on a Mac (M2, macOS 14) and on a Windows Server 2022, in its shapes, with round numbers; oddities
// are as users recorded them in its issues.
import type { PortableSystem } from '../../src/daemons/agent/collectors/portable.ts';

const GB = 1e9;

type Memory = Awaited<ReturnType<PortableSystem['mem']>>;
type Volume = Awaited<ReturnType<PortableSystem['fsSize']>>[number];
type Interface = Awaited<ReturnType<PortableSystem['networkStats']>>[number];

const volume = (
  fs: string,
  type: string,
  mount: string,
  sizes: readonly [used: number, free: number],
): Volume => ({
  ...{ fs, type, mount, rw: true, used: sizes[0], available: sizes[1] },
  size: sizes[0] + sizes[1],
  use: Math.round((10_000 * sizes[0]) / (sizes[0] + sizes[1])) / 100,
});

/** On Windows it cannot tell whether one may be written (sebhildebrandt/systeminformation#833). */
const drive = (letter: string, type: string, sizes: readonly [used: number, free: number]): Volume => ({
  ...volume(letter, type, letter, sizes),
  rw: null as unknown as boolean,
});

const iface = (name: string, bytes: readonly [received: number, sent: number], more: object = {}) =>
  ({
    ...{ iface: name, operstate: 'up', rx_bytes: bytes[0], tx_bytes: bytes[1] },
    ...{ rx_dropped: 0, rx_errors: 0, tx_dropped: 0, tx_errors: 0, rx_sec: null, tx_sec: null, ms: 0 },
    ...more,
  }) as unknown as Interface;

/** Of each CPU, in ms; Node gives no nice and irq on Windows. */
const cpus = (count: number, busy: number, idle: number) =>
  Array.from({ length: count }, () => ({ times: { user: busy / 2, sys: busy / 2, nice: 0, irq: 0, idle } }));

function createMac() {
  let round = 0;
  const memory: Memory = {
    ...{ total: 17_179_869_184, free: 204_800_000, used: 16_975_069_184, active: 7_516_192_768 },
    ...{ available: 9_663_676_416, buffers: 0, cached: 4 * GB, slab: 0, buffcache: 9_458_876_416 },
    ...{ reclaimable: 0, swaptotal: 2 * 2 ** 30, swapused: 2 ** 30, swapfree: 2 ** 30 },
    ...{ writeback: null, dirty: null },
  };
  const system: PortableSystem = {
    platform: 'darwin',
    mem: async () => memory,
    fsSize: async () => [
      volume('/dev/disk3s1s1', 'APFS', '/', [10 * GB, 100 * GB]),
      volume('devfs', 'DEVFS', '/dev', [200_000, 0]),
      volume('/dev/disk3s6', 'APFS', '/System/Volumes/VM', [2 * GB, 100 * GB]),
      volume('/dev/disk3s2', 'APFS', '/System/Volumes/Preboot', [6 * GB, 100 * GB]),
      volume('/dev/disk3s5', 'APFS', '/System/Volumes/Data', [300 * GB, 100 * GB]),
      volume('/dev/disk5s2', 'HFS', '/Volumes/Backup Disk', [1 * GB, 3 * GB]),
      // The heading of df in Spanish, which it takes for a volume (sebhildebrandt/systeminformation#799).
      {
        ...{ fs: 'S.ficheros', type: 'Tipo', size: null, used: null, available: 1_048_576, use: null },
        ...{ mount: 'Disponibles Capacidad Montado en', rw: false },
      } as unknown as Volume,
    ],
    networkStats: async () => [
      iface('lo0', [50_000, 50_000]),
      iface('en0', [7 * GB + round * 60_000, 2 * GB + round * 30_000], { rx_errors: round * 6 }),
      iface('awdl0', [0, 9_000]),
      iface('utun3', [0, 1_000]),
    ],
    cpus: () => cpus(8, 1_000_000 + round * 15_000, 9_000_000 + round * 45_000),
    loadavg: () => [3.5, 2.75, 2],
    uptime: () => 364_210.31,
  };
  return { system, later: () => void (round += 1) };
}

function createWindows() {
  let round = 0;
  const memory: Memory = {
    ...{ total: 8 * 2 ** 30, free: 2 * 2 ** 30, used: 6 * 2 ** 30, active: 6 * 2 ** 30 },
    ...{ available: 2 * 2 ** 30, buffers: 0, cached: 0, slab: 0, buffcache: 0, reclaimable: 0 },
    ...{ swaptotal: 0, swapused: 0, swapfree: 0, writeback: null, dirty: null },
  };
  const system: PortableSystem = {
    platform: 'win32',
    mem: async () => memory,
    fsSize: async () => [
      drive('C:', 'NTFS', [40 * GB, 60 * GB]),
      drive('D:', 'ReFS', [500 * GB, 1_500 * GB]),
      { ...drive('E:', '', [0, 0]), use: Number.NaN },
    ],
    networkStats: async () => [
      iface('Ethernet 2', [9 * GB + round * 120_000, GB], { rx_errors: null, tx_errors: null }),
      iface('Loopback Pseudo-Interface 1', [0, 0]),
      // What it answers where it finds no counters (sebhildebrandt/systeminformation#917).
      iface('以太网', [0, 0], { operstate: 'unknown' }),
    ],
    cpus: () => cpus(4, 500_000 + round * 6_000, 5_000_000 + round * 54_000),
    loadavg: () => [0, 0, 0],
    uptime: () => 86_400,
  };
  return { system, later: () => void (round += 1) };
}

export const MACOS = createMac();
export const WINDOWS = createWindows();
