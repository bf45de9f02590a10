// Copies rules, receivers and silences from one catalog to another, and leaves alone what is there already.
import type {
  AlertConfigurationRecords,
  AlertRecordChange,
  AlertRecords,
} from '../../catalog/alert-configuration.ts';

export type CopiedAlertConfiguration = {
  /** Copied. */
  readonly rules: number;
  readonly receivers: number;
  readonly silences: number;
  /** There already and the same. */
  readonly same: number;
  /** There already and different: names of rules and receivers, which stay as they are there. */
  readonly different: readonly string[];
  /** The source's default receiver, which is an ordinary one where the target has a default of its own. */
  readonly formerDefault?: string;
};

const ACTOR = 'migrate';

/** In one transaction. Silences that have ended stay behind. */
export async function copyAlertConfiguration(
  source: Pick<AlertConfigurationRecords, 'read'>,
  target: Pick<AlertConfigurationRecords, 'change'>,
  nowMs: number,
): Promise<CopiedAlertConfiguration> {
  const { rules, receivers, silences } = await source.read();
  let copied: CopiedAlertConfiguration | undefined;
  await target.change((before) => {
    const changes: AlertRecordChange[] = [];
    const different: string[] = [];
    let same = 0;
    let formerDefault: string | undefined;
    function copy(
      kind: AlertRecordChange['kind'],
      name: string,
      record: Recorded,
      there: Recorded | undefined,
    ) {
      if (there === undefined) changes.push({ kind, name, record, action: `${kind}.add`, detail: {} });
      else if (JSON.stringify(contentOf(there)) === JSON.stringify(contentOf(record))) same++;
      else different.push(`${kind} ${name}`);
    }
    for (const rule of rules)
      copy(
        'rule',
        rule.name,
        rule,
        before.rules.find(({ name }) => name === rule.name),
      );
    const hasDefault = before.receivers.some(({ isDefault }) => isDefault);
    for (const receiver of receivers) {
      const there = before.receivers.find(({ name }) => name === receiver.name);
      const isDefault = receiver.isDefault && (!hasDefault || there?.isDefault === true);
      if (isDefault !== receiver.isDefault) formerDefault = receiver.name;
      copy('receiver', receiver.name, { ...receiver, isDefault }, there);
    }
    for (const silence of silences) {
      if (silence.endsMs <= nowMs) continue;
      copy(
        'silence',
        silence.id,
        silence,
        before.silences.find(({ id }) => id === silence.id),
      );
    }
    const count = (kind: AlertRecordChange['kind']) =>
      changes.filter((change) => change.kind === kind).length;
    copied = {
      rules: count('rule'),
      receivers: count('receiver'),
      silences: count('silence'),
      same,
      different,
      ...(formerDefault !== undefined && { formerDefault }),
    };
    return changes;
  }, ACTOR);
  return copied!;
}

type Recorded = AlertRecords['rules' | 'receivers' | 'silences'][number];

/** When it was written is not what it says. */
function contentOf(record: Recorded): unknown {
  const { createdMs: _, ...content } = record;
  return Object.entries(content)
    .filter(([key]) => key !== 'updatedMs')
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
