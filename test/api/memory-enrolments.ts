// Enrolment in a few lines, as memory-services.ts: it answers with every field there is.
import type { ManageService } from '../../src/api/manage.ts';
import type { TokenInfo } from '../../src/api/tokens.ts';

const NOW = Date.parse('2026-03-01T12:00:00.123Z');

export const memoryEnrolments = (
  record: <T>(request: T) => T,
  token: TokenInfo,
): Pick<
  ManageService,
  'createJoinToken' | 'joinHost' | 'renewCredential' | 'replaceHost' | 'listEnrolments'
> => ({
  createJoinToken: async (request) => ({ token: `mm_${record(request).name}`, info: token }),
  joinHost: async (request) => {
    record(request);
    return { endsMs: NOW + 2, renewMs: NOW + 1, location: '725' };
  },
  renewCredential: async (request) => {
    record(request);
    return { endsMs: NOW + 2, renewMs: NOW + 1 };
  },
  replaceHost: async (request) => {
    record(request);
    return { untilMs: NOW, waiting: { machineId: 'm2', tokenId: 't2', address: '10.0.0.7', askedMs: NOW } };
  },
  listEnrolments: async (request) => {
    record(request);
    const machine = { machineId: 'm1', tokenId: 'a1', enrolledMs: NOW, renewedMs: NOW, endsMs: NOW };
    const waiting = { machineId: 'm2', tokenId: 't2', askedMs: NOW };
    const enrolments = [
      { hostId: 'web-1', ...machine, revoked: true },
      { hostId: 'web-2', revoked: false, waiting },
    ];
    return { nowMs: NOW, enrolments, nextCursor: 'c' };
  },
});
