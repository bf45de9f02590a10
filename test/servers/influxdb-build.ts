// Builds InfluxDB 2 from its sources in the Go module proxy: there is no package of it in any registry.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provisionOnce } from './cache.ts';
import { findProgram, requireTools, run } from './command.ts';
import { copyModule, NICE } from './go-module.ts';

const VERSION = 'v2.8.0';
const FLUX = 'github.com/influxdata/flux@v0.196.1';
const INFLUXDB = `github.com/influxdata/influxdb/v2@${VERSION}`;

/** The path of influxd. The first call takes about eight minutes of two cores; the cache keeps the binary alone. */
export async function ensureInfluxdb(): Promise<string> {
  const directory = await provisionOnce({ name: `influxdb-${VERSION}`, build });
  return join(directory, 'influxd');
}

async function build(draft: string): Promise<void> {
  await requireTools('Building InfluxDB', ['go', 'cargo', 'gcc', 'pkg-config']);
  const work = mkdtempSync(join(tmpdir(), 'minimon-influxdb-build-'));
  try {
    const flux = await copyModule(FLUX, join(work, 'flux'));
    const influxdb = await copyModule(INFLUXDB, join(work, 'influxdb'));
    const libflux = join(flux, 'libflux');
    const target = join(work, 'target');
    // The sources pin an older compiler and fail on its newer warnings; both are overridden.
    await run(
      [
        ...NICE,
        'cargo',
        'rustc',
        '--release',
        '--locked',
        '-p',
        'flux',
        '--lib',
        '--crate-type',
        'staticlib',
      ],
      {
        cwd: libflux,
        env: { ...(await newestRust()), RUSTFLAGS: '--cap-lints warn', CARGO_TARGET_DIR: target },
      },
    );
    const pkgconfig = join(work, 'pkgconfig');
    mkdirSync(pkgconfig);
    writeFileSync(
      join(pkgconfig, 'flux.pc'),
      [
        'Name: flux',
        'Description: the query engine of InfluxDB',
        'Version: 0.196.1',
        `Libs: -L${join(target, 'release')} -lflux -ldl -lm`,
        `Cflags: -I${join(libflux, 'include')}`,
        '',
      ].join('\n'),
    );
    const flags = [
      '-tags',
      'sqlite_foreign_keys,sqlite_json',
      '-ldflags',
      `-s -w -X main.version=${VERSION}`,
    ];
    await run([...NICE, 'go', 'build', ...flags, '-o', join(draft, 'influxd'), './cmd/influxd'], {
      cwd: influxdb,
      env: { PKG_CONFIG_PATH: pkgconfig, CGO_ENABLED: '1', GOFLAGS: '-mod=mod' },
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** With rustup: the toolchain that is active outside of the sources' own folder, which pins another one. */
async function newestRust(): Promise<Record<string, string>> {
  if (!(await findProgram('rustup'))) return {};
  const active = await run(['rustup', 'show', 'active-toolchain'], { cwd: tmpdir() });
  return { RUSTUP_TOOLCHAIN: active.split(/\s/)[0]! };
}
