// The kinds of receivers, each loaded on first use, and how one is opened from its options.

import { didYouMean, didYouMeanKey } from '../domain/did-you-mean.ts';
import { ExpectedError } from '../domain/errors.ts';
import { createAddressGuard } from './address-guard.ts';
import { createHttpTransport, TRY_LIMIT_MS } from './http-transport.ts';
import { type Receiver, type ReceiverKind, type ReceiverParts, sealReceiver } from './receiver.ts';

const KINDS = {
  webhook: () => import('./webhook.ts'),
  'alertmanager-webhook': () => import('./alertmanager-webhook.ts'),
  alertmanager: () => import('./alertmanager.ts'),
  email: () => import('./email.ts'),
  slack: () => import('./slack.ts'),
  dingtalk: () => import('./dingtalk.ts'),
  wecom: () => import('./wecom.ts'),
  feishu: () => import('./feishu.ts'),
  pagerduty: () => import('./pagerduty.ts'),
} satisfies Record<string, () => Promise<{ readonly default: ReceiverKind }>>;

export type KindName = keyof typeof KINDS;

export const KIND_NAMES = Object.keys(KINDS) as KindName[];

export const isKindName = (name: string): name is KindName => Object.hasOwn(KINDS, name);

/** The kind with its options' schema; an unknown name is refused with the nearest one. */
export async function loadKind(name: string): Promise<ReceiverKind> {
  if (!isKindName(name)) {
    throw new ExpectedError('USAGE', `unknown receiver kind ${JSON.stringify(name.slice(0, 64))}`, {
      hint: didYouMean(name, KIND_NAMES, `Kinds are ${KIND_NAMES.join(', ')}.`),
    });
  }
  return (await KINDS[name]()).default;
}

/** What is wrong with options of this kind, without their values; undefined where nothing is. */
export function optionsError(kind: ReceiverKind, options: unknown): string | undefined {
  const parsed = kind.schema.safeParse(options);
  if (parsed.success) return undefined;
  const [issue] = parsed.error.issues;
  if (issue!.code === 'unrecognized_keys') {
    const key = issue!.keys[0]!;
    const near = didYouMeanKey(key, Object.keys(kind.schema.shape));
    return `unknown option ${JSON.stringify(key)} of ${kind.name}${near ? `. ${near}` : ''}`;
  }
  return `${issue!.path.join('.') || 'options'}: ${issue!.message}`;
}

/** A receiver of the kind, made from options as the catalog keeps them. */
export async function openReceiver(
  kindName: string,
  options: unknown,
  parts: ReceiverParts,
): Promise<Receiver> {
  const kind = await loadKind(kindName);
  const fault = optionsError(kind, options);
  if (fault !== undefined) throw new ExpectedError('BAD_CONFIG', `receiver of kind ${kindName}: ${fault}`);
  return sealReceiver(kind, kind.create(options, parts), parts);
}

/** Opens receivers by name of their kind, over one transport of this process. */
export function createReceiverOpener({
  clock,
  logger,
  guard = createAddressGuard(),
}: Pick<ReceiverParts, 'clock' | 'logger'> & Partial<Pick<ReceiverParts, 'guard'>>) {
  const parts: ReceiverParts = {
    clock,
    logger,
    guard,
    http: createHttpTransport({ clock, guard }),
    timeoutMs: TRY_LIMIT_MS,
  };
  return ({ kind, options }: { readonly kind: string; readonly options: unknown }): Promise<Receiver> =>
    openReceiver(kind, options, parts);
}
