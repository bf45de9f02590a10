// Receivers: validated when they are saved, listed without their secrets.
import type { ManageService } from '../../api/manage.ts';
import type { ReceiverView } from '../../api/receivers.ts';
import type { AlertRecordChange } from '../../catalog/alert-configuration.ts';
import { isTimeZone, parseActiveTimes, printActiveTimes } from '../../domain/alerting/active-times.ts';
import { checkMatchers } from '../../domain/alerting/alert-matching.ts';
import type { ReceiverSetup } from '../../domain/alerting/configuration.ts';
import { listed } from '../../domain/counting.ts';
import { ExpectedError, messageOf } from '../../domain/errors.ts';
import { idError } from '../../domain/names.ts';
import { receiverUnknown } from '../../domain/unknown-names.ts';
import { createReceiverOpener, loadKind, optionsError } from '../../receivers/kinds.ts';
import { actorOf, UNNAMED_ACTOR } from '../../runtime/caller.ts';
import { type AlertParts, rulesOf } from './rules.ts';

const MAX_NAMED = 10;

type PutReceiver = Parameters<ManageService['putReceiver']>[0];

export function createReceivers({
  records,
  clock,
  logger,
}: AlertParts): Pick<ManageService, 'listReceivers' | 'putReceiver' | 'removeReceiver'> {
  const open = createReceiverOpener({ clock, logger });

  async function viewOf(setup: ReceiverSetup): Promise<ReceiverView> {
    const { name, kind, matchers, isDefault, timeZone, createdMs, updatedMs } = setup;
    const activeTimes = setup.activeTimes.map(printActiveTimes);
    // One that cannot be opened (of a newer version, say) must not hide the others.
    const { address } = await open(setup).catch((error: unknown) => ({
      address: `cannot be used: ${messageOf(error)}`,
    }));
    return { name, kind, matchers, activeTimes, isDefault, timeZone, createdMs, updatedMs, address };
  }

  return {
    async listReceivers() {
      const { receivers } = await records.read();
      return Promise.all(receivers.map(viewOf));
    },

    async putReceiver(request) {
      const { name, kind, actor = UNNAMED_ACTOR } = request;
      const given = await checkReceiver(request);
      const nowMs = clock.nowMs();
      let saved: ReceiverSetup | undefined;
      await records.change((before) => {
        const { receivers } = before;
        // A label that no alert can have would take nothing, in silence.
        const matchers = request.matchers && checkMatchers(emptied(request.matchers), rulesOf(before));
        const old = receivers.find((one) => one.name === name);
        if (old && !request.replace) {
          throw new ExpectedError('RECEIVER_EXISTS', `receiver ${name} already exists`, {
            hint: 'Replace it with --replace, or choose another name.',
          });
        }
        const options = given ?? keptOptions(request, old);
        const other = receivers.find((one) => one.isDefault && one.name !== name);
        if (request.isDefault && other && !request.replace) {
          throw new ExpectedError('RECEIVER_EXISTS', `${other.name} is already the default receiver`, {
            hint: 'Only one receiver can be the default: use --replace to change it.',
          });
        }
        const timeZone = request.timeZone ?? old?.timeZone ?? 'UTC';
        saved = {
          name,
          kind,
          options,
          matchers: matchers ?? old?.matchers ?? [],
          activeTimes:
            (request.activeTimes && emptied(request.activeTimes))?.map((text) =>
              parseActiveTimes(text, timeZone),
            ) ??
            old?.activeTimes ??
            [],
          timeZone,
          isDefault: request.isDefault ?? old?.isDefault ?? false,
          createdMs: old?.createdMs ?? nowMs,
          updatedMs: nowMs,
        };
        const action = old ? 'receiver.change' : 'receiver.add';
        const put: AlertRecordChange = { kind: 'receiver', name, record: saved, action, detail: { kind } };
        if (!request.isDefault || other === undefined) return [put];
        const record = { ...other, isDefault: false, updatedMs: nowMs };
        const detail = { kind: other.kind, default: `${name} instead` };
        return [put, { kind: 'receiver', name: other.name, record, action: 'receiver.change', detail }];
      }, actor);
      logger.info({ actor: actorOf(actor), receiver: name, kind }, 'receiver saved');
      return viewOf(saved!);
    },

    async removeReceiver({ name, force = false, actor = UNNAMED_ACTOR }) {
      await records.change((before) => {
        const names = before.receivers.map((one) => one.name);
        if (!names.includes(name)) throw receiverUnknown(name, names);
        const users = rulesOf(before).filter((rule) => rule.notify.includes(name));
        if (users.length > 0 && !force) {
          throw new ExpectedError('RECEIVER_IN_USE', `receiver ${name} is used by ${namesOf(users)}`, {
            hint: 'Change these rules first, or remove it anyway with --force.',
          });
        }
        return [{ kind: 'receiver', name, record: undefined, action: 'receiver.remove', detail: {} }];
      }, actor);
      logger.info({ actor: actorOf(actor), receiver: name }, 'receiver removed');
    },
  };
}

const namesOf = (rules: readonly { readonly name: string }[]): string =>
  listed(
    rules.map(({ name }) => name),
    MAX_NAMED,
  );

/** Over a wire an empty list may be an absent one: a single '' empties what a replacement would keep. */
const emptied = (values: readonly string[]): readonly string[] =>
  values.length === 1 && values[0] === '' ? [] : values;

function keptOptions(
  { name, kind }: PutReceiver,
  old: ReceiverSetup | undefined,
): Readonly<Record<string, unknown>> {
  if (old?.kind === kind) return old.options;
  throw new ExpectedError('BAD_REQUEST', `the receiver ${name} needs options`, {
    hint: old ? `Those it has are of ${old.kind}.` : 'Give them as a JSON object.',
  });
}

/** The options as the catalog keeps them; undefined where none were given. Errors name no value: options hold secrets. */
async function checkReceiver(request: PutReceiver): Promise<Readonly<Record<string, unknown>> | undefined> {
  const nameError = idError(request.name);
  if (nameError) throw new ExpectedError('BAD_ID', nameError);
  if (request.timeZone !== undefined && !isTimeZone(request.timeZone)) {
    throw new ExpectedError('BAD_TIME', `unknown time zone ${JSON.stringify(request.timeZone)}`, {
      hint: 'Use an IANA time zone, such as Asia/Shanghai or Europe/Berlin.',
    });
  }
  const kind = await loadKind(request.kind);
  if (request.options === undefined) return undefined;
  let options: unknown;
  try {
    options = JSON.parse(request.options);
  } catch {
    throw new ExpectedError('BAD_REQUEST', 'the options of the receiver are not a JSON object', {
      hint: `Options of ${kind.name}: ${Object.keys(kind.schema.shape).join(', ')}.`,
    });
  }
  const error = optionsError(kind, options);
  if (error !== undefined) {
    throw new ExpectedError('BAD_REQUEST', `receiver of kind ${kind.name}: ${error}`, {
      hint: `Options of ${kind.name}: ${Object.keys(kind.schema.shape).join(', ')}.`,
    });
  }
  return options as Readonly<Record<string, unknown>>;
}
