// /api/v1 on warn: how far behind the stream it is.
import { z } from 'zod';
import { present } from '../present.ts';
import type { WarnService } from '../warn.ts';
import { toInstant, toOptionalInstant } from './instants.ts';
import { describeRoute, instant } from './request.ts';
import type { HttpRoutes } from './server.ts';

const statusAnswer = z.strictObject({
  now_at: instant,
  partitions: z.array(
    z.strictObject({
      partition: z.int(),
      end: z.int().describe('Offset after the newest record'),
      position: z.int().describe('Offset of the next record to be read'),
      committed: z.int(),
      unread: z.int(),
      uncommitted: z.int(),
      received_at: instant.optional().describe("Report's clock at the newest record that was read"),
    }),
  ),
  skipped_records: z.int().describe('Trimmed before warn read them, since it started'),
});

export function warnRoutes(service: WarnService): HttpRoutes {
  return (app) => {
    app.get(
      '/api/v1/status',
      { schema: describeRoute({ summary: 'How far behind the stream warn is', answer: statusAnswer }) },
      async () => {
        const { nowMs, partitions, skippedRecords } = await service.status();
        return {
          now_at: toInstant(nowMs),
          partitions: partitions.map(({ receivedMs, ...lag }) => ({
            ...lag,
            ...present({ received_at: toOptionalInstant(receivedMs) }),
          })),
          skipped_records: skippedRecords,
        };
      },
    );
  };
}
