// Operator calls about receivers: a test message through the same formatter and network as an alert, and the routing of
// labels.
import type { ReceiverHealth, RoutedReceiver, TestedReceiver } from '../../../api/warn.ts';
import { checkMatchers, matches, silenceOf } from '../../../domain/alerting/alert-matching.ts';
import type { AlertConfiguration } from '../../../domain/alerting/configuration.ts';
import { didYouMean } from '../../../domain/did-you-mean.ts';
import { ExpectedError } from '../../../domain/errors.ts';
import { parseMatcher } from '../../../domain/expression/matcher.ts';
import { formatInstant } from '../../../domain/instant.ts';
import { receiverUnknown } from '../../../domain/unknown-names.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { noteOutcome, type OpenReceivers } from './open-receivers.ts';
import type { Delivery } from './outcomes.ts';
import { isActive, routeAlert } from './routing.ts';
import { testMessage } from './test-message.ts';

export type ReceiverCallsParts = {
  readonly clock: Clock;
  readonly receivers: OpenReceivers;
  readonly configuration: () => AlertConfiguration;
  readonly health: () => readonly ReceiverHealth[];
  /** Resolves when the receivers of the newest configuration are open. */
  readonly ready: () => Promise<void>;
  readonly onDelivery: (delivery: Delivery) => void;
};

export type Routing = { readonly receivers: readonly RoutedReceiver[]; readonly silenced?: string };

export function createReceiverCalls(parts: ReceiverCallsParts) {
  const { clock, receivers, configuration, ready, onDelivery } = parts;
  let tests = 0;

  async function testReceiver(name: string): Promise<TestedReceiver> {
    await ready();
    const open = receivers.get(name);
    if (open === undefined) {
      throw receiverUnknown(
        name,
        configuration().receivers.map((setup) => setup.name),
      );
    }
    const { receiver, setup, openError } = open;
    if (receiver === undefined) {
      throw new ExpectedError('BAD_CONFIG', `receiver ${name} cannot be used: ${openError}`, {
        hint: 'Fix its options with minimon receivers add --replace.',
      });
    }
    const message = testMessage(name, setup.timeZone, clock.nowMs(), ++tests);
    const nowMs = clock.monotonicMs();
    const freeMs = open.limiter.freeAtMs(nowMs, receiver.requests(message)) - nowMs;
    const results = await Promise.all(
      receiver.recipients.map(async (recipient) => {
        if (freeMs > 0) {
          const text = `not sent: rate limited for ${Math.ceil(freeMs / 1_000)} s`;
          return { recipient, outcome: 'retry' as const, text };
        }
        open.limiter.take(nowMs, receiver.requests(message));
        const outcome = await receiver.send(message, new AbortController().signal, recipient);
        const text = outcome.kind === 'sent' ? '' : outcome.reason;
        noteOutcome(open, outcome, clock.nowMs());
        onDelivery({
          kind: outcome.kind,
          atMs: clock.nowMs(),
          receiver: name,
          recipient: receiver.recipients.length > 1 ? recipient : '',
          group: message.group,
          reason: 'test',
          id: message.id,
          alerts: [],
          text,
        });
        return { recipient, outcome: outcome.kind, ...(text !== '' && { text }) };
      }),
    );
    return { receiver: name, kind: setup.kind, address: receiver.address, results };
  }

  function routeOf(words: readonly string[]): Routing {
    const { rules, silences } = configuration();
    const labels = labelsOf(checkMatchers(words, rules));
    const nowMs = clock.nowMs();
    const rule = rules.find((one) => one.name === labels['rule']);
    if (labels['rule'] !== undefined && rule === undefined) {
      throw new ExpectedError('USAGE', `no rule ${JSON.stringify(labels['rule'])}`, {
        hint: didYouMean(
          labels['rule'],
          rules.map(({ name }) => name),
          'List the rules: minimon alerts list',
        ),
      });
    }
    const full = { ...rule?.labels, ...(rule && { severity: rule.severity }), ...labels };
    const routed = new Map(
      routeAlert(full, rule?.notify ?? [], configuration(), nowMs).map(({ receiver, why }) => [
        receiver,
        why,
      ]),
    );
    const told = configuration().receivers.map((setup) => {
      const why = routed.get(setup.name) ?? whyNot(setup, full, (rule?.notify.length ?? 0) > 0, nowMs);
      return { name: setup.name, kind: setup.kind, told: routed.has(setup.name), why };
    });
    const silence = silenceOf(full, silences, nowMs);
    return {
      receivers: told.sort((a, b) => Number(b.told) - Number(a.told)),
      ...(silence !== undefined && {
        silenced: `silenced by ${silence.author} until ${formatInstant(silence.endsMs)}: ${silence.reason}`,
      }),
    };
  }

  return {
    testReceiver,
    routeOf,
    async listReceiverHealth() {
      await ready();
      return { nowMs: clock.nowMs(), receivers: parts.health() };
    },
  };
}
export type ReceiverCalls = ReturnType<typeof createReceiverCalls>;

function labelsOf(words: readonly string[]): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const word of words) {
    const { label, op, value } = parseMatcher(word);
    if (op !== '=') {
      throw new ExpectedError('USAGE', `${JSON.stringify(word)} is not an alert label`, {
        hint: 'Describe one alert: location=725 severity=critical.',
      });
    }
    labels[label] = value;
  }
  return labels;
}

function whyNot(
  setup: AlertConfiguration['receivers'][number],
  labels: Readonly<Record<string, string>>,
  isNamed: boolean,
  nowMs: number,
): string {
  if (isNamed) return 'the rule names other receivers';
  if (setup.matchers.length === 0) {
    return setup.isDefault ? 'it is the default, and a route matches' : 'it has no route';
  }
  if (matches(setup.matchers, labels) && !isActive(setup, nowMs)) return 'its route is not active now';
  return `its route does not match: ${setup.matchers.join(', ')}`;
}
