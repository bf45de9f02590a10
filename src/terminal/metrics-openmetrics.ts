// `metrics -o openmetrics`: the newest samples as OpenMetrics, with their times: what promtool and VictoriaMetrics import.
import type { LatestAnswer } from '../api/analyze.ts';
import type { Host } from '../api/manage.ts';
import { ExpectedError } from '../domain/errors.ts';
import { compareBytes } from '../domain/names.ts';
import { labelsOf, metadataOf, promqlName } from '../domain/promql/series-names.ts';
import { ENDS, familyText, sampleText } from '../wire/openmetrics.ts';

type LatestSample = LatestAnswer['samples'][number];

/** USAGE if two metrics have the same OpenMetrics name. */
export function renderOpenMetrics(samples: readonly LatestSample[], hosts: readonly Host[]): string {
  const locations = new Map(hosts.map(({ hostId, location }) => [hostId, location]));
  const families = [...Map.groupBy(samples, ({ metric }) => promqlName(metric))];
  families.sort(([a], [b]) => compareBytes(a, b));
  const text = families.map(([name, members]) => {
    const metrics = new Set(members.map(({ metric }) => metric));
    if (metrics.size > 1)
      throw new ExpectedError('USAGE', `${name} would be ${[...metrics].join(' and ')}`, {
        hint: 'Name one of them with --metric.',
      });
    const lines = members.map(({ timeMs, value, ...one }) =>
      sampleText({ labels: labelsOf(one, locations.get(one.hostId)), timeMs, value }, 'openmetrics'),
    );
    return familyText(name, metadataOf(members[0]!.metric), 'openmetrics') + lines.join('');
  });
  return text.join('') + ENDS.openmetrics;
}
