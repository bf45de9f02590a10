// Starts each real client with its snippet of docs/interop.md, measuring every second and pushing to the address that is given.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { freePorts } from '../servers/ports.ts';
import type { ServerProcess } from '../servers/server-process.ts';
import {
  ensureCollector,
  ensurePrometheus,
  ensurePrometheus3,
  ensureTelegraf,
  ensureVmagent,
} from './builds.ts';
import { snippet } from './doc-snippets.ts';
import { directory, startClient } from './push-target.ts';

type Labels = Readonly<Record<string, string>>;

/** `labels` are its external ones beside those of the snippet. */
export async function startPrometheus(to: string, target: string, labels: Labels): Promise<ServerProcess> {
  const { prometheus } = await ensurePrometheus();
  return (await prometheusOf(prometheus, [], { pasted: prometheusSnippet(to), target, labels })).process;
}

/** With remote write 2.0. `own` is the address of its own API. */
export async function startPrometheus3(to: string, target: string, labels: Labels) {
  const text = snippet('Prometheus, vmagent', to);
  const [, message] = /^# remote write 2.0: protobuf_message: (\S+)/m.exec(text) ?? [];
  const {
    remote_write: [write],
    ...pasted
  } = prometheusSnippet(to);
  const remoteWrite = [{ ...write, protobuf_message: message }];
  // Else it sends no metadata.
  const options = ['--enable-feature=metadata-wal-records'];
  return prometheusOf(await ensurePrometheus3(), options, {
    ...{ pasted: { ...pasted, remote_write: remoteWrite }, target, labels },
  });
}

type Pasted = {
  readonly global: { readonly external_labels: object };
  readonly remote_write: readonly object[];
};
const prometheusSnippet = (to: string) => parse(snippet('Prometheus, vmagent', to)) as Pasted;

async function prometheusOf(
  program: string,
  more: readonly string[],
  { pasted, target, labels }: { readonly pasted: Pasted; readonly target: string; readonly labels: Labels },
) {
  const [port] = await freePorts(1);
  const home = directory();
  const file = join(home, 'prometheus.yml');
  writeFileSync(
    file,
    stringify({
      ...pasted,
      ...scraping(target, { ...pasted.global.external_labels, ...labels }),
    }),
  );
  const options = [`--config.file=${file}`, `--storage.tsdb.path=${join(home, 'data')}`, ...more];
  const own = `http://127.0.0.1:${port}`;
  const process = await startClient(
    'prometheus',
    [program, ...options, `--web.listen-address=127.0.0.1:${port}`],
    async () => (await fetch(`${own}/-/ready`)).ok,
  );
  return { process, own };
}

export async function startVmagent(to: string, target: string, labels: Labels): Promise<ServerProcess> {
  const [, flag] = /^# vmagent (-remoteWrite\.url=\S+)$/m.exec(snippet('Prometheus, vmagent', to)) ?? [];
  if (flag === undefined) throw new Error('docs/interop.md has no flag of vmagent');
  const home = directory();
  const file = join(home, 'scrape.yml');
  writeFileSync(file, stringify(scraping(target, labels)));
  const [port] = await freePorts(1);
  const options = [`-promscrape.config=${file}`, `-remoteWrite.tmpDataPath=${join(home, 'queue')}`];
  return startClient(
    'vmagent',
    [await ensureVmagent(), ...options, flag, `-httpListenAddr=127.0.0.1:${port}`],
    async () => (await fetch(`http://127.0.0.1:${port}/health`)).ok,
  );
}

const scraping = (target: string, labels: Labels) => ({
  global: { scrape_interval: '1s', external_labels: labels },
  scrape_configs: [{ job_name: 'node', static_configs: [{ targets: [target] }] }],
});

/** `change` makes of the snippet what the test is about. */
export async function startTelegraf(
  to: string,
  hostname: string,
  change = (pasted: string) => pasted,
): Promise<ServerProcess> {
  const home = directory();
  writeFileSync(join(home, 'pasted.conf'), change(snippet('Telegraf', to)));
  const agent = `[agent]\n  interval = "1s"\n  flush_interval = "1s"\n  hostname = "${hostname}"\n`;
  writeFileSync(join(home, 'own.conf'), agent);
  const files = ['pasted.conf', 'own.conf'].flatMap((name) => ['--config', join(home, name)]);
  return startClient('telegraf', [await ensureTelegraf(), ...files], (log) => /Loaded outputs/.test(log()));
}

export async function startCollector(
  to: string,
  { withHost, filesystem }: { readonly withHost: boolean; readonly filesystem?: object },
): Promise<ServerProcess> {
  const pasted = parse(snippet('OpenTelemetry', to)) as {
    receivers: { hostmetrics: { collection_interval: string; scrapers: { filesystem: unknown } } };
    service: { telemetry?: object; pipelines: { metrics: { processors: string[] } } };
  };
  pasted.receivers.hostmetrics.collection_interval = '1s';
  if (filesystem) pasted.receivers.hostmetrics.scrapers.filesystem = filesystem;
  if (!withHost) pasted.service.pipelines.metrics.processors = [];
  // Its own metrics would take a port.
  pasted.service.telemetry = { metrics: { level: 'none' } };
  const file = join(directory(), 'collector.yaml');
  writeFileSync(file, stringify(pasted));
  return startClient('otelcol', [await ensureCollector(), '--config', file], (log) =>
    /Everything is ready/.test(log()),
  );
}
