// Faults of a host itself: a wrong clock, or two machines that report under one id.
import { clockFault, silentAfterMs } from '../host.ts';
import type { Labels } from '../tick.ts';
import { alertId, type Subject } from './alert.ts';
import { CLOCK_FAULT, HOST_CONFLICT } from './built-in.ts';
import type { Host, Source } from './host.ts';
import { keepInTurn, machinesText, noteMachine } from './machines.ts';
import { type Alerts, newAlert } from './open-alerts.ts';
import type { Rule } from './rule-set.ts';

/** So many of the newest ticks of a source have an old stamp before its clock is called wrong. */
const OLD_STAMPS = 2;

type Stamps = { readonly timeMs: number; readonly receivedMs: number; readonly intervalMs: number };

export function createHostFaults(alerts: Alerts) {
  /** `labels` says what is wrong, undefined that it is right. */
  function judge(host: Host, rule: Rule, labels: Labels | undefined, atMs: number): void {
    const open = host.alerts?.get(alertId(rule.definition.name, host.id));
    const isWrong = labels !== undefined;
    if (!isWrong && open === undefined) return;
    const subject: Subject = { kind: 'host', host: host.id, location: host.location, labels: labels ?? {} };
    const alert = open ?? newAlert(rule, subject, host);
    if (isWrong && !Object.values(subject.labels).includes('')) alert.subject = subject;
    alerts.judge(alert, { crosses: [isWrong], clears: [!isWrong], values: [], timeMs: atMs });
  }

  function judgeClock(host: Host, atMs: number): void {
    const fault = host.sources.find((source) => source.clockFault !== undefined)?.clockFault;
    host.clockFault = fault;
    judge(host, CLOCK_FAULT, fault && { clock: fault }, atMs);
  }

  return {
    /** A tick that is newer than all before. */
    noteStamp(host: Host, source: Source, stamps: Stamps): void {
      const fault = clockFault(stamps, stamps.intervalMs);
      source.oldStamps = fault === 'behind' ? source.oldStamps + 1 : 0;
      source.clockFault = fault === 'behind' && source.oldStamps < OLD_STAMPS ? undefined : fault;
      if (source.clockFault !== undefined || host.clockFault !== undefined)
        judgeClock(host, stamps.receivedMs);
    },
    /** One that is older: a backlog comes beside newer ticks; a clock that was set back sends nothing newer for a while. */
    noteOldStamp(host: Host, source: Source, { receivedMs }: Stamps): void {
      const quietMs = source.lastReceivedStreamMs - source.lastNewerStreamMs;
      if (quietMs <= silentAfterMs(source.intervalMs)) return;
      source.clockFault = 'behind';
      judgeClock(host, receivedMs);
    },
    /** Whose machine a tick is, before it is noted that it came. `streamMs`: an hour is one of the stream. */
    noteMachine(
      host: Host,
      source: Source,
      tick: { readonly machineId: string; readonly receivedMs: number; readonly streamMs: number },
    ): void {
      const { machines, lastReceivedStreamMs } = source;
      const { machineId, receivedMs, streamMs } = tick;
      // Open before this evaluator started: it is unknown whether it has ended.
      const isOpen =
        machines.current === '' && host.alerts?.has(alertId(HOST_CONFLICT.definition.name, host.id));
      if (isOpen && machineId !== '') keepInTurn(machines, streamMs);
      const heard = { machineId, receivedMs: streamMs, lastReceivedMs: lastReceivedStreamMs };
      if (!noteMachine(machines, heard)) return;
      const turns = host.sources.find((one) => one.machines.inTurn)?.machines;
      judge(host, HOST_CONFLICT, turns && { machines: machinesText(turns) }, receivedMs);
    },
  };
}
