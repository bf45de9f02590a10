// What operators configure about alerts, as manage keeps it and warn follows it: rules, silences, receivers.
import type { Severity } from '../expression/syntax.ts';

export type AlertRule = {
  /** Unique; printable Unicode as ids are. */
  readonly name: string;
  /** Where it differs from the name: what the ids of its alerts begin with, so that they outlive a change of name. */
  readonly identity?: string;
  /** Canonical text (domain/expression/printer.ts). */
  readonly expression: string;
  /** Of rules whose levels name none. */
  readonly severity: Severity;
  /** Globs; empty means all. */
  readonly locations: readonly string[];
  readonly hosts: readonly string[];
  /** Names of receivers; empty: those whose route fits, else the default. */
  readonly notify: readonly string[];
  /** With placeholders (domain/expression/message-text.ts). */
  readonly text?: string;
  readonly runbook?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly tellResolved: boolean;
  readonly enabled: boolean;
  /** Built into minimon: may be changed or disabled, not removed. */
  readonly builtIn: boolean;
  /** Which `alerts apply` wrote it; empty: by hand. */
  readonly source: string;
  readonly createdMs: number;
  readonly updatedMs: number;
};

/** Of one whose end nobody named. */
export const DEFAULT_SILENCE_MS = 3_600_000;

export type Silence = {
  readonly id: string;
  /** As typed and parsed by domain/expression/matcher.ts: `location=725`, `host~web-*`, `rule=disk-full`. All must fit. */
  readonly matchers: readonly string[];
  readonly reason: string;
  readonly author: string;
  readonly startsMs: number;
  /** Exclusive. */
  readonly endsMs: number;
  readonly createdMs: number;
};

/** When a route is active: days and times of day in a zone, the end exclusive, over midnight where end <= start
 (active-times.ts). */
export type ActiveTimes = {
  readonly timeZone: string;
  /** 1 (Monday) to 7. */
  readonly days: readonly number[];
  /** `HH:MM`; `24:00` is an end. */
  readonly from: string;
  readonly to: string;
};

export type ReceiverSetup = {
  readonly name: string;
  /** A kind of src/receivers/kinds.ts. */
  readonly kind: string;
  /** As the kind's schema takes them; they hold secrets, and only warn is given them. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The route: an alert that names no receiver goes to those whose matchers all fit. Empty: to none by route. */
  readonly matchers: readonly string[];
  readonly activeTimes: readonly ActiveTimes[];
  readonly timeZone: string;
  /** Gets what no route takes. One at most. */
  readonly isDefault: boolean;
  readonly createdMs: number;
  readonly updatedMs: number;
};

/** All that warn must know, with the version under which manage keeps it: it grows with each change. */
export type AlertConfiguration = {
  readonly version: number;
  readonly rules: readonly AlertRule[];
  readonly silences: readonly Silence[];
  readonly receivers: readonly ReceiverSetup[];
  readonly assignments: readonly { readonly hostId: string; readonly location: string }[];
};
