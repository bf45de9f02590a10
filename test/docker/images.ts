// Makes every image that the Dockerfile and the compose files name: local stand-ins for the public ones, and minimon's.
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findProgram } from '../servers/command.ts';
import { ensureInfluxdb } from '../servers/influxdb-build.ts';
import { ensureKafka } from '../servers/kafka-distribution.ts';
import { ensureDebianRoot } from './debian-root.ts';
import type { Engine } from './engine.ts';

const STAND_INS = join(import.meta.dirname, 'stand-ins');
export const PROJECT = dirname(dirname(import.meta.dirname));
const COMPOSE_FILES = ['compose.yaml', 'compose.cluster.yaml', 'compose.kraft.yaml', 'services.yaml'];

const BASES = [
  { tag: 'minimon-test-base:bookworm', name: 'debian-base', packages: [] },
  {
    tag: 'minimon-test-servers:bookworm',
    name: 'debian-servers',
    packages: [
      'openjdk-17-jre-headless',
      'mariadb-server',
      'etcd-server',
      'etcd-client',
      'nginx-light',
      'curl',
    ],
  },
];

/** Repository -> the folder with its stand-in, and what else its build context holds. */
const SOURCES: Readonly<
  Record<string, { folder: string; fill?(context: string, tag: string): Promise<void> }>
> = {
  node: { folder: 'node', fill: addNode },
  zookeeper: { folder: 'zookeeper', fill: (context) => addKafka(context, '3.9.1') },
  'apache/kafka': { folder: 'kafka', fill: addKafka },
  influxdb: { folder: 'influxdb', fill: addInfluxd },
  mariadb: { folder: 'mariadb' },
  nginx: { folder: 'nginx' },
  'quay.io/coreos/etcd': { folder: 'etcd' },
};

export type ImageOptions = {
  /** Also the images of the servers that the cluster's files name. */
  readonly servers: boolean;
  readonly report: (name: string, seconds: number) => void;
};

/** Each name is read from the files themselves, so that a changed tag is a changed stand-in. */
export async function makeImages(engine: Engine, { servers, report }: ImageOptions): Promise<void> {
  for (const { tag, name, packages } of servers ? BASES : BASES.slice(0, 1)) {
    if (await has(engine, tag)) continue;
    const began = performance.now();
    await engine.docker('import', await ensureDebianRoot({ name, packages }), tag);
    report(tag, (performance.now() - began) / 1_000);
  }
  for (const image of publicImages(servers ? COMPOSE_FILES : [])) {
    const began = performance.now();
    await makeStandIn(engine, image);
    report(image, (performance.now() - began) / 1_000);
  }
  const began = performance.now();
  await engine.docker(
    ...[
      'build',
      '--network=host',
      '-q',
      '-f',
      join(PROJECT, 'docker/Dockerfile'),
      '-t',
      'minimon:0.1.0',
      PROJECT,
    ],
  );
  report('minimon:0.1.0', (performance.now() - began) / 1_000);
}

function publicImages(composeFiles: readonly string[]): readonly string[] {
  const from = readFileSync(join(PROJECT, 'docker/Dockerfile'), 'utf8').matchAll(/^FROM (\S+)/gm);
  const used = composeFiles.flatMap((file) => [
    ...readFileSync(join(PROJECT, 'docker', file), 'utf8').matchAll(/^\s+image: (\S+)/gm),
  ]);
  return [...new Set([...from, ...used].map((match) => match[1]!))].filter(
    (image) => !/^minimon:/.test(image),
  );
}

async function makeStandIn(engine: Engine, image: string): Promise<void> {
  const cut = image.lastIndexOf(':');
  const [repository, tag] = [image.slice(0, cut), image.slice(cut + 1)];
  const source = SOURCES[repository];
  if (!source) throw new Error(`there is no stand-in for ${image}: add one to test/docker/stand-ins`);
  const context = mkdtempSync('/tmp/minimon-image-');
  try {
    cpSync(join(STAND_INS, source.folder), context, { recursive: true });
    await source.fill?.(context, tag);
    await engine.docker('build', '--network=none', '-q', '-t', image, context);
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

const has = (engine: Engine, image: string): Promise<boolean> =>
  engine.docker('image', 'inspect', '--format', '{{.Id}}', image).then(
    () => true,
    () => false,
  );

async function addKafka(context: string, tag: string): Promise<void> {
  if (tag !== '3.9.1' && tag !== '4.1.1') throw new Error(`test/servers has no Kafka ${tag}`);
  cpSync(join(await ensureKafka(tag), 'lib'), join(context, 'kafka-lib'), { recursive: true });
}

async function addInfluxd(context: string): Promise<void> {
  cpSync(await ensureInfluxdb(), join(context, 'influxd'));
}

/** This process's own Node, and npm with the authorities that this machine trusts. */
async function addNode(context: string, tag: string): Promise<void> {
  if (!tag.startsWith(process.versions.node))
    process.stderr.write(`node:${tag} is stood in for by Node ${process.versions.node}\n`);
  cpSync(process.execPath, join(context, 'node'));
  const program = await findProgram('npm');
  if (!program) throw new Error('npm is not on the PATH');
  // .../npm/bin/npm-cli.js, whatever links to it.
  const npm = dirname(dirname(realpathSync(program)));
  cpSync(npm, join(context, 'npm'), { recursive: true });
  const authorities = process.env['NODE_EXTRA_CA_CERTS'];
  writeFileSync(join(context, 'ca.crt'), authorities ? readFileSync(authorities) : '');
}
