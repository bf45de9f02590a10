// Certificates as a listing, and warnings about expiry.
import { formatInstant } from '../domain/instant.ts';
import { type CertificateFacts, endsSoon } from '../runtime/certificates.ts';
import type { Listing } from './output.ts';
import { relativeTime } from './relative-time.ts';

export type CertificateRow = CertificateFacts & {
  /** The file, or the address that showed it. */
  readonly source: string;
  /** What was done, with its reason; undefined where it was only looked at. */
  readonly outcome?: string | undefined;
  readonly reason?: string | undefined;
};

export function certificatesListing(rows: readonly CertificateRow[]): Listing<CertificateRow> {
  const withOutcome = rows.some(({ outcome }) => outcome !== undefined);
  return {
    columns: [
      { key: 'name', title: 'NAME', min: 8, value: (row) => row.name },
      { key: 'kind', title: 'KIND', value: (row) => row.kind },
      ...(rows.some(({ scopes }) => scopes.length > 0)
        ? [
            {
              key: 'scopes',
              title: 'SCOPES',
              drop: 4,
              value: (row: CertificateRow) => row.scopes,
              cell: (row: CertificateRow) => row.scopes.join(' ') || '-',
            },
          ]
        : []),
      ...(withOutcome
        ? [
            {
              key: 'outcome',
              title: 'RESULT',
              min: 8,
              value: ({ outcome, reason }: CertificateRow) =>
                reason === undefined ? outcome : `${outcome} (${reason})`,
            },
          ]
        : []),
      {
        key: 'hosts',
        title: 'HOSTS',
        min: 10,
        drop: 2,
        value: (row) => row.hosts,
        cell: (row) => row.hosts.join(', ') || '-',
      },
      {
        key: 'ends_at',
        title: 'ENDS',
        value: (row) => formatInstant(row.endMs),
        cell: (row, screen) => ({
          text: screen.isTTY ? relativeTime(row.endMs, screen.nowMs) : formatInstant(row.endMs),
          color: row.endMs <= screen.nowMs ? 'red' : endsSoon(row, screen.nowMs) ? 'yellow' : undefined,
        }),
      },
      { key: 'begins_at', title: 'BEGINS', show: 'wide', drop: 5, value: (row) => formatInstant(row.fromMs) },
      { key: 'issuer', title: 'SIGNED BY', min: 8, drop: 3, value: (row) => row.issuer },
      { key: 'source', title: 'FROM', min: 10, drop: 1, value: (row) => row.source },
      {
        key: 'fingerprint',
        title: 'SHA-256',
        show: 'wide',
        drop: 6,
        value: (row) => row.fingerprint,
      },
    ],
    rows,
    name: (row) => row.source,
    empty: 'No certificates. Create an authority: minimon tls init',
  };
}

/** A warning for each that has expired or will soon. */
export const endWarnings = (rows: readonly CertificateRow[], nowMs: number): readonly string[] =>
  rows.flatMap((row) => {
    if (row.endMs <= nowMs)
      return `the certificate of ${row.name} (${row.source}) expired ${relativeTime(row.endMs, nowMs)}`;
    return endsSoon(row, nowMs)
      ? `the certificate of ${row.name} (${row.source}) expires ${relativeTime(row.endMs, nowMs)}`
      : [];
  });
