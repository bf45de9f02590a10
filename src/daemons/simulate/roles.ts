// What kinds of hosts a simulated fleet is made of: hardware, daily rhythm, and what a unit of work costs each.

export type Role = {
  readonly name: string;
  /** Choices, one a host. */
  readonly cpus: readonly number[];
  readonly memoryGiB: readonly number[];
  /** Share of the CPU without work, and on top of it at the busiest hour of the day. */
  readonly idle: number;
  readonly span: number;
  /** Work by hour of the day (UTC), 0 to 1. */
  readonly hours: readonly number[];
  /** Factor on Saturdays and Sundays. */
  readonly weekend: number;
  readonly burst: { readonly everyMs: number; readonly chance: number; readonly height: number };
  /** Percent of the memory: without work, and what work adds. */
  readonly memory: { readonly base: number; readonly swing: number };
  /** Bytes a second at full work. */
  readonly received: number;
  readonly sent: number;
  readonly read: number;
  readonly written: number;
  readonly processes: number;
  /** A second disk, mounted at /data. */
  readonly dataGiB?: number;
  /** Copies its data away for an hour in the night. */
  readonly nightlyBackup?: boolean;
};

const MINUTE = 60_000;
const MB = 1e6;
const DAYTIME = [
  22, 17, 13, 11, 10, 13, 22, 38, 58, 74, 83, 86, 80, 84, 88, 90, 87, 84, 88, 96, 100, 86, 58, 35,
].map((percent) => percent / 100);
const OFFICE = [4, 3, 3, 3, 4, 8, 20, 52, 84, 96, 100, 88, 62, 84, 98, 95, 84, 58, 30, 18, 12, 9, 7, 5].map(
  (percent) => percent / 100,
);
const NIGHTLY = [
  70, 96, 100, 92, 80, 52, 30, 20, 18, 18, 20, 20, 22, 20, 18, 18, 20, 22, 24, 26, 28, 32, 42, 55,
].map((percent) => percent / 100);

const WEB: Role = {
  name: 'web',
  cpus: [8, 8, 16],
  memoryGiB: [16, 32],
  idle: 0.03,
  span: 0.5,
  hours: DAYTIME,
  weekend: 0.82,
  burst: { everyMs: 180 * MINUTE, chance: 0.22, height: 0.3 },
  memory: { base: 34, swing: 16 },
  received: 24 * MB,
  sent: 88 * MB,
  read: 0.3 * MB,
  written: 4 * MB,
  processes: 210,
};
const APP: Role = {
  name: 'app',
  cpus: [8, 16],
  memoryGiB: [32, 64],
  idle: 0.05,
  span: 0.52,
  hours: DAYTIME,
  weekend: 0.8,
  burst: { everyMs: 150 * MINUTE, chance: 0.3, height: 0.35 },
  memory: { base: 52, swing: 14 },
  received: 46 * MB,
  sent: 38 * MB,
  read: 1.5 * MB,
  written: 7 * MB,
  processes: 260,
};
const DB: Role = {
  name: 'db',
  cpus: [16, 32],
  memoryGiB: [128, 256],
  idle: 0.04,
  span: 0.36,
  hours: DAYTIME,
  weekend: 0.86,
  burst: { everyMs: 240 * MINUTE, chance: 0.25, height: 0.28 },
  memory: { base: 74, swing: 6 },
  received: 18 * MB,
  sent: 62 * MB,
  read: 90 * MB,
  written: 64 * MB,
  processes: 340,
  dataGiB: 1_800,
  nightlyBackup: true,
};
const CACHE: Role = {
  name: 'cache',
  cpus: [4, 8],
  memoryGiB: [64, 96],
  idle: 0.02,
  span: 0.24,
  hours: DAYTIME,
  weekend: 0.85,
  burst: { everyMs: 200 * MINUTE, chance: 0.18, height: 0.2 },
  memory: { base: 78, swing: 5 },
  received: 52 * MB,
  sent: 160 * MB,
  read: 0.1 * MB,
  written: 1.2 * MB,
  processes: 130,
};
const QUEUE: Role = {
  name: 'queue',
  cpus: [8],
  memoryGiB: [32],
  idle: 0.03,
  span: 0.3,
  hours: DAYTIME,
  weekend: 0.8,
  burst: { everyMs: 120 * MINUTE, chance: 0.2, height: 0.3 },
  memory: { base: 58, swing: 8 },
  received: 70 * MB,
  sent: 84 * MB,
  read: 22 * MB,
  written: 95 * MB,
  processes: 160,
  dataGiB: 900,
};
const BUILD: Role = {
  name: 'build',
  cpus: [16, 32],
  memoryGiB: [64],
  idle: 0.015,
  span: 0.3,
  hours: OFFICE,
  weekend: 0.12,
  burst: { everyMs: 50 * MINUTE, chance: 0.8, height: 0.75 },
  memory: { base: 12, swing: 48 },
  received: 34 * MB,
  sent: 12 * MB,
  read: 70 * MB,
  written: 120 * MB,
  processes: 190,
  dataGiB: 450,
};
const BATCH: Role = {
  name: 'batch',
  cpus: [16],
  memoryGiB: [64, 128],
  idle: 0.02,
  span: 0.66,
  hours: NIGHTLY,
  weekend: 0.9,
  burst: { everyMs: 180 * MINUTE, chance: 0.4, height: 0.3 },
  memory: { base: 24, swing: 42 },
  received: 40 * MB,
  sent: 16 * MB,
  read: 110 * MB,
  written: 60 * MB,
  processes: 180,
  dataGiB: 900,
};

/** Whose turn it is, host by host, over and over: a small fleet has the important roles, a large one the right mix. */
export const ROLE_CYCLE: readonly Role[] = [
  WEB,
  DB,
  WEB,
  CACHE,
  APP,
  WEB,
  BUILD,
  APP,
  WEB,
  QUEUE,
  WEB,
  DB,
  APP,
  WEB,
  BATCH,
  CACHE,
  WEB,
  APP,
  BUILD,
  APP,
];
