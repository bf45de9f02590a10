// The real clients: Debian's where it has them, else built from their Go modules, each once into the cache.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provisionOnce } from '../servers/cache.ts';
import { requireTools } from '../servers/command.ts';
import { ensureDebian } from '../servers/debian-package.ts';
import { buildProgram, copyModule } from '../servers/go-module.ts';

/** Programs of Debian's packages: they run where they are only unpacked. */
export async function ensurePrometheus(): Promise<{
  readonly prometheus: string;
  readonly nodeExporter: string;
  readonly promtool: string;
}> {
  const { root } = await ensureDebian('prometheus-2.42', ['prometheus', 'prometheus-node-exporter']);
  const at = (name: string) => join(root, 'usr', 'bin', name);
  return {
    prometheus: at('prometheus'),
    nodeExporter: at('prometheus-node-exporter'),
    promtool: at('promtool'),
  };
}

/** Debian's has no remote write 2.0. Service discovery of clouds, which is most of what it is built of, is left out. */
const PROMETHEUS = 'v0.316.0';

export const ensurePrometheus3 = (): Promise<string> =>
  built('prometheus-v3.16.0', async (work, output) => {
    const sources = await copyModule(`github.com/prometheus/prometheus@${PROMETHEUS}`, join(work, 'sources'));
    const flags = ['-ldflags', '-X github.com/prometheus/common/version.Version=3.16.0'];
    await buildProgram(sources, { package: './cmd/prometheus', output, tags: ['remove_all_sd'], flags });
  });

const TELEGRAF = '1.37.2';
/** Of its 400 plugins those that the tests use: all of them are an hour of building. */
const TELEGRAF_PLUGINS = [
  ...['cpu', 'mem', 'disk', 'diskio', 'net', 'system', 'processes'].map((name) => `inputs.${name}`),
  ...['influxdb', 'influxdb_v2', 'http'].map((name) => `outputs.${name}`),
  'serializers.prometheusremotewrite',
];

export const ensureTelegraf = (): Promise<string> =>
  built(`telegraf-v${TELEGRAF}`, async (work, output) => {
    const sources = await copyModule(`github.com/influxdata/telegraf@v${TELEGRAF}`, join(work, 'sources'));
    await buildProgram(sources, {
      ...{ package: './cmd/telegraf', output, tags: ['custom', ...TELEGRAF_PLUGINS] },
      // Without a version its User-Agent is not the one of its releases.
      flags: ['-ldflags', `-X github.com/influxdata/telegraf/internal.Version=${TELEGRAF}`],
    });
  });

/** The last version that Go 1.26 builds. */
const VICTORIA = 'github.com/VictoriaMetrics/VictoriaMetrics@v1.151.0';

export const ensureVmagent = (): Promise<string> => ensureVictoria('vmagent');
/** A peer of benchmarks. */
export const ensureVictoriaMetrics = (): Promise<string> => ensureVictoria('victoria-metrics');

const ensureVictoria = (program: 'vmagent' | 'victoria-metrics'): Promise<string> =>
  built(`${program}-v1.151.0`, async (work, output) => {
    const sources = await copyModule(VICTORIA, join(work, 'sources'));
    await buildProgram(sources, { package: `./app/${program}`, output });
  });

/** A collector of its own: the distributions of OpenTelemetry are hundreds of modules. */
export const ensureCollector = (): Promise<string> =>
  built('otelcol-v0.160.0', async (work, output) => {
    const sources = join(work, 'sources');
    cpSync(join(import.meta.dirname, 'otelcol'), sources, { recursive: true });
    await buildProgram(sources, { package: '.', output });
  });

async function built(name: string, build: (work: string, output: string) => Promise<void>): Promise<string> {
  const directory = await provisionOnce({
    name,
    async build(draft) {
      await requireTools(`Building ${name}`, ['go']);
      const work = mkdtempSync(join(tmpdir(), 'minimon-client-build-'));
      try {
        await build(work, join(draft, 'program'));
      } finally {
        rmSync(work, { recursive: true, force: true });
      }
    },
  });
  return join(directory, 'program');
}
