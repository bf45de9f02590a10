// The host and location lists on a terminal and on a pipe.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import stringWidth from 'string-width';
import type { Host } from '../../src/api/manage.ts';
import { assignSummary, changesListing } from '../../src/terminal/host-changes.ts';
import {
  hostDetails,
  hostFields,
  hostsListing,
  hostsSummaries,
  stateCell,
  unmanagedListing,
} from '../../src/terminal/hosts-view.ts';
import { locationsListing } from '../../src/terminal/locations-view.ts';
import { type Listing, renderListing } from '../../src/terminal/output.ts';
import { block, NOW, pipe, terminal } from './screens.ts';

const web: Host = {
  hostId: 'web-1',
  id: 7,
  managed: true,
  location: '725',
  state: 'reporting',
  createdMs: NOW - 10 * 86_400_000,
  updatedMs: NOW - 86_400_000,
  firstSeenMs: NOW - 10 * 86_400_000,
  lastSeenMs: NOW - 5_000,
  intervalMs: 60_000,
  agentVersion: '0.1.0',
  facts: { os: 'Debian GNU/Linux 12', address: '10.0.0.1', memory_bytes: '8589934592' },
};
const gateway: Host = {
  hostId: '机房-网关',
  managed: true,
  location: '机房二',
  state: 'silent',
  lastSeenMs: NOW - 1_200_000,
  facts: {},
};
const stray: Host = { hostId: 'db-1', managed: false, state: 'refused', note: 'clock 3 h ahead', facts: {} };
const hosts = [web, gateway, stray];

const table = <Row>(listing: Listing<Row>, screen = terminal()) =>
  renderListing(listing, { format: 'table', screen });

test('the list of hosts on a terminal and on a pipe', () => {
  assert.equal(
    table(hostsListing(hosts)),
    block([
      'HOST       LOCATION     STATE      LAST SEEN  ADDRESS   NOTE           ',
      'web-1      725          reporting  5s ago     10.0.0.1  -              ',
      '机房-网关  机房二       silent     20m ago    -         -              ',
      'db-1       (unmanaged)  refused    -          -         clock 3 h ahead',
    ]),
  );
  assert.equal(
    table(hostsListing([web, gateway]), pipe()),
    block([
      'HOST       LOCATION  STATE      LAST SEEN                 ADDRESS ',
      'web-1      725       reporting  2026-11-25T14:00:00.000Z  10.0.0.1',
      '机房-网关  机房二    silent     2026-11-25T13:40:05.000Z  -       ',
    ]),
  );
  assert.deepEqual(hostsSummaries(hosts), [
    '3 hosts: 1 reporting, 1 silent, 1 refused',
    '1 silent, 1 refused of 3',
  ]);
});

test('a list names machines by the beginning of their ids, one host and data by the whole', () => {
  const ids = ['1a', '2b'].map((start) => start.padEnd(32, '0'));
  const note = `machines ${ids[0]} (boot 11111111) and ${ids[1]} report under this one id`;
  const host: Host = { ...web, state: 'conflict', note };
  assert.match(
    table(hostsListing([host]), terminal({ columns: 200 })),
    / machines 1a0000000000 \(boot 11111111\) and 2b0000000000 report under this one id/,
  );
  assert.ok(hostDetails(host, terminal({ columns: 200 })).includes(note));
  assert.equal(hostFields(host)['note'], note);
});

test('in a window of 40 columns names and states stay, and what has no room is named', () => {
  assert.equal(
    table(hostsListing([web, gateway]), terminal({ columns: 40 })),
    block([
      'HOST       LOCATION  STATE    ',
      'web-1      725       reporting',
      '机房-网关  机房二    silent   ',
      'no room for LAST SEEN, ADDRESS (-o json)',
    ]),
  );
});

test('json carries instants, durations and facts under stable keys', () => {
  assert.deepEqual(hostFields(web), {
    host_id: 'web-1',
    location: '725',
    state: 'reporting',
    last_seen_at: '2026-11-25T14:00:00.000Z',
    address: '10.0.0.1',
    note: null,
    sources: [],
    agent_version: '0.1.0',
    os: 'Debian GNU/Linux 12',
    kernel: null,
    memory_bytes: 8_589_934_592,
    id: 7,
    managed: true,
    created_at: '2026-11-15T14:00:05.000Z',
    updated_at: '2026-11-24T14:00:05.000Z',
    first_seen_at: '2026-11-15T14:00:05.000Z',
    interval_ms: 60_000,
    facts: web.facts,
  });
});

test('every host keeps its line among ten thousand', () => {
  const many = Array.from({ length: 10_000 }, (_, i) => ({ ...gateway, hostId: `机房-${i}` }));
  assert.equal(table(hostsListing(many)).split('\n').length, 10_002);
});

test('one host is shown a thing a line', () => {
  assert.equal(
    hostDetails({ ...web, state: 'conflict', note: 'machines a1 and b2' }, terminal()).replaceAll(
      / +\n/g,
      '\n',
    ),
    block([
      'Host:        web-1',
      'Location:    725',
      'State:       conflict',
      'Note:        machines a1 and b2',
      'Last seen:   2026-11-25 14:00:00 UTC (5s ago)',
      'First seen:  2026-11-15 14:00:05 UTC (10d ago)',
      'Interval:    1m',
      'Agent:       0.1.0',
      'Added:       2026-11-15 14:00:05 UTC (10d ago)',
      'Changed:     2026-11-24 14:00:05 UTC (24h ago)',
      'OS:          Debian GNU/Linux 12',
      'Address:     10.0.0.1',
      'Memory:      8.00 GiB',
    ]),
  );
  assert.match(hostDetails(web, pipe()), /\nLast seen: {3}2026-11-25T14:00:00\.000Z *\n/);
  assert.match(
    hostDetails(stray, terminal()),
    /Location: {3}none \(not managed\) *\n.*\n.*\nLast seen: {2}never/,
  );
});

test('what is longer than the window goes on in the next line, whole', () => {
  const facts = {
    addresses: '10.0.0.1,fd00:725:0:0:21c:42ff:fe00:18,fd00:726:0:0:21c:42ff:fe00:19',
    os: '麒麟操作系统银河'.repeat(6),
  };
  for (const columns of [80, 40, 30]) {
    const text = hostDetails(
      { ...web, facts, note: 'machines a1 and b2 report under this name' },
      terminal({ columns }),
    );
    assert.doesNotMatch(text, /…/);
    assert.ok(Math.max(...text.split('\n').map((line) => stringWidth(line))) <= columns, text);
    const joined = text
      .split('\n')
      .map((line) => line.slice(13).trim())
      .join('');
    for (const value of Object.values(facts)) assert.ok(joined.includes(value), text);
  }
});

test('unmanaged hosts come with a location they may stand in, and why', () => {
  const suggestion = { location: '725', why: 'same subnet as web-1' };
  assert.equal(
    table(unmanagedListing([{ ...stray, state: 'reporting', lastSeenMs: NOW - 5_000, suggestion }])),
    block([
      'HOST  STATE      LAST SEEN  ADDRESS  SUGGESTED  BECAUSE             ',
      'db-1  reporting  5s ago     -        725        same subnet as web-1',
    ]),
  );
  assert.match(table(unmanagedListing([])), /^No unmanaged hosts: every reporting host has a location\.\n$/);
});

test('an assignment says what changed', () => {
  const moved = { hostId: 'web-1', change: 'moved', from: '725', location: '726' } as const;
  const added = { hostId: 'web-2', change: 'added', location: '726' } as const;
  assert.equal(assignSummary([moved]), 'web-1: moved from 725 to 726\n');
  assert.equal(assignSummary([added]), 'web-2: added to 726\n');
  assert.equal(assignSummary([{ ...moved, change: 'unchanged' }]), 'web-1: in 726 already\n');
  assert.equal(assignSummary([moved, added]), '1 added, 1 moved\n');
  assert.equal(
    table(changesListing([moved, added]), pipe()),
    block([
      'HOST   CHANGE  FROM  LOCATION',
      'web-1  moved   725   726     ',
      'web-2  added   -     726     ',
    ]),
  );
});

test('locations are listed with their hosts by state; rare states only where there are some', () => {
  const locations = [
    { location: '725', hosts: 4, states: { reporting: 2, late: 1, silent: 1 } },
    { location: '机房二', hosts: 1, states: { conflict: 1 } },
  ];
  assert.equal(
    table(locationsListing(locations.map((one) => ({ ...one, readings: new Map() })))),
    block([
      'LOCATION  HOSTS  REPORTING  LATE  SILENT  CONFLICT  CPU%  WORST CPU  MEM%  DISK%',
      '725           4          2     1       1         0     -  -             -      -',
      '机房二        1          0     0       0         1     -  -             -      -',
    ]),
  );
});

test('states differ in colour where there is colour', () => {
  const text = table(hostsListing(hosts), terminal({ color: true }));
  assert.match(text, /\u001b\[32mreporting\u001b\[39m/);
  assert.match(text, /\u001b\[31msilent\u001b\[39m/);
  assert.deepEqual(stateCell('unknown'), { text: 'unknown', color: 'magenta' });
});

test('locations in a window of 40 columns: how many are silent stays, and what has no room is named', () => {
  const rows = [{ location: '725', hosts: 12, states: { reporting: 9, silent: 3 }, readings: new Map() }];
  const text = table(locationsListing(rows), terminal({ columns: 40 }));
  assert.match(text, /^LOCATION +HOSTS +REPORTING +SILENT +CPU *%? *\n725 +12 +9 +3 /);
  assert.match(text, /\nno room for LATE, WORST CPU, MEM *%?, DISK *%?\s\(-o json\)\n$/);
});
