// An entry of the alert history: an event of an alert, or the outcome of a message about alerts.
import type { Severity } from '../expression/syntax.ts';
import type { EndReason } from './alert.ts';

/** Events of alerts, and outcomes of messages. */
export const HISTORY_KINDS = [
  'firing',
  'level',
  'resolved',
  'ended',
  'silenced',
  'unsilenced',
  'acknowledged',
  'unacknowledged',
  'sent',
  'retry',
  'refused',
  'unknown',
] as const;
export type HistoryKind = (typeof HISTORY_KINDS)[number];

export type HistorySubject = {
  readonly rule: string;
  readonly host?: string;
  readonly labels?: Readonly<Record<string, string>>;
};

export type HistoryEntry = {
  /** Of an alert: by the clock of what was judged. Of a message: by warn's. */
  readonly atMs: number;
  readonly kind: HistoryKind;
  readonly location?: string;
  /** The alert; of a message those that it was about, some at most. */
  readonly subjects: readonly HistorySubject[];
  /** How many they are. */
  readonly count: number;
  readonly severity?: Severity;
  readonly previousSeverity?: Severity;
  /** By which it was judged. */
  readonly expression?: string;
  readonly value?: number;
  readonly sinceMs?: number;
  readonly reason?: EndReason;
  /** Who acknowledged or silenced it. */
  readonly by?: string;
  /** The silence. */
  readonly silence?: string;
  readonly message?: {
    readonly id: string;
    readonly receiver: string;
    readonly recipient: string;
    /** Why it was sent: first, new, repeat, test ... */
    readonly reason: string;
  };
  /** What the receiver said; the note of an acknowledgement; the reason of a silence. */
  readonly text?: string;
};
