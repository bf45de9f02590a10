// The calls of manage about receivers of notifications and their routes.
import { defineCalls } from './calls.ts';
import { actor, flag, type Infer, list, listOf, optional, text, time } from './shapes.ts';

const route = {
  name: text(),
  kind: text('webhook, email, slack ...'),
  matchers: list(text(), { about: 'Route: takes alerts whose rule names no receiver if all match' }),
  activeTimes: list(text(), {
    about: 'When the route is active, mon-fri 08:00-18:00 Europe/Berlin: one fits; empty: always',
  }),
  isDefault: flag('The default receiver, for alerts that match no route'),
  timeZone: text('IANA time zone of its messages'),
  createdMs: time(),
  updatedMs: time(),
};
const receiver = { ...route, address: text('Scheme, host and the last four characters') };
export type ReceiverView = Infer<typeof receiver>;
/** With its secrets. */
export const receiverSetup = { ...route, options: text("JSON object of the kind's options; holds secrets") };

export const receiverCalls = defineCalls({
  listReceivers: {
    summary: 'Receivers of notifications, without secrets',
    access: 'read',
    http: 'GET /api/v1/receivers',
    request: {},
    answer: { receivers: listOf(receiver) },
    gives: 'receivers',
  },
  putReceiver: {
    summary: 'Adds a receiver, or replaces one',
    access: 'write',
    http: 'POST /api/v1/receivers',
    request: {
      name: text(),
      kind: text(),
      options: optional(text("JSON object of the kind's options; absent of a replacement: those it has")),
      matchers: optional(list(text(), { about: "Absent of a replacement: as they are; one '': none" })),
      activeTimes: optional(list(text(), { about: "Without a zone: in timeZone; one '': always" })),
      isDefault: optional(flag('With replace: in place of the current default receiver')),
      timeZone: optional(text('By default UTC')),
      replace: optional(flag()),
      actor,
    },
    answer: receiver,
  },
  removeReceiver: {
    summary: 'Removes a receiver; 409 while rules name it',
    access: 'write',
    http: 'POST /api/v1/receivers/remove',
    request: { name: text(), force: optional(flag('Even if rules name it')), actor },
    answer: {},
  },
});
