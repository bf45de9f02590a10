// Writes docs/metrics.md (or the file given, for the test that compares) from the table of metrics.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { METRIC_KINDS } from '../src/domain/metric-table.ts';

const UNITS = {
  percent: '%',
  bytes: 'bytes',
  bytes_per_second: 'bytes/s',
  per_second: '1/s',
  seconds: 's',
  celsius: '°C',
  count: 'count',
};
const KINDS = { gauge: 'gauge', ratio: 'share', rate: 'rate' };

const cell = (text) => text.replaceAll('|', '\\|');
const row = (cells) => `| ${cells.join(' | ')} |`;

const metrics = METRIC_KINDS.map((kind) =>
  row([
    `\`${kind.name}${kind.label ? `{${kind.label}}` : ''}\``,
    UNITS[kind.unit],
    KINDS[kind.kind],
    cell(kind.means),
    cell(kind.source),
  ]),
);
const choices = METRIC_KINDS.filter((kind) => kind.choices).map(
  (kind) => `- \`${kind.name}\`: ${kind.choices}`,
);
const seed = METRIC_KINDS.filter((kind) => kind.seed).map((kind) => `\`${kind.seed}\` is \`${kind.name}\``);

const page = `# Metrics

Written by \`bin/generate.js\` from \`src/domain/metric-table.ts\`; do not edit. \`minimon metrics list\` and
\`GET /api/v1/metrics\` show the same, with how many hosts report each, and beside them the metrics that hosts report and
the table does not know.

A *gauge* is a reading at the time of the tick. A *share* is a percentage from 0 to 100. A *rate* is a counter's growth a
second since the tick before, made by the agent: a first reading and a counter that fell give no sample.

| metric | unit | kind | meaning | read from |
| --- | --- | --- | --- | --- |
${metrics.join('\n')}

The seed's names work wherever a metric is named: ${seed.join(', ')}.

## Processes

What single processes use is not sampled. \`minimon daemon processes\` reads it on the host when somebody asks (over ssh for
another one), from /proc and without an agent: the ten that use the most CPU over a second, \`--sort=-memory_bytes\` for the
most memory. Names are the kernel's, never command lines, which hold secrets.

## Choices

${choices.join('\n')}
`;

writeFileSync(process.argv[2] ?? join(dirname(import.meta.dirname), 'docs/metrics.md'), page);
