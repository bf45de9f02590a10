// ReportService for agents: over every report that discovery knows, in turn. Without proto-loader, which would cost every
// agent 13 MB: the request is bytes already, the answer small.
import type { MethodDefinition } from '@grpc/grpc-js';
import type { Discovery } from '../../discovery/discovery.ts';
import type { Refusal } from '../../domain/tick.ts';
import * as pb from '../../wire/protobuf.ts';
import { readRefusal } from '../../wire/tick-reader.ts';
import type { Bearer } from '../bearer.ts';
import type { ReportAnswer, ReportService } from '../report.ts';
import type { TlsMaterial } from '../tls.ts';
import { openLastingChannel } from './lasting-channel.ts';

export type ReportClient = ReportService & {
  /** There is a connection again, after a time without one; of several listeners the last. */
  onConnected(listener: () => void): void;
  stop(): Promise<void>;
};

/** Failures are ExpectedErrors; UNREACHABLE names what was tried. The discovery stays its owner's to stop. */
export function createReportClient(options: {
  readonly discovery: Pick<Discovery, 'addresses' | 'onChange'>;
  /** Default 10 s. */
  readonly timeoutMs?: number;
  readonly tls?: TlsMaterial | undefined;
  readonly bearer?: Bearer | undefined;
}): ReportClient {
  const { discovery, ...rest } = options;
  let connected = () => {};
  const onConnected = () => connected();
  const channel = openLastingChannel({ daemon: 'report', to: discovery, onConnected, ...rest });
  return {
    onConnected(listener) {
      connected = listener;
    },
    report: (request) => channel.call(reportMethod, request),
    stop: channel.stop,
  };
}

/** As report.proto has it; a test compares both ways of reading an answer. */
export const reportMethod: MethodDefinition<Uint8Array, ReportAnswer> = {
  path: '/minimon.v1.ReportService/Report',
  requestStream: false,
  responseStream: false,
  requestSerialize: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  requestDeserialize: (bytes) => bytes,
  responseSerialize: () => {
    throw new Error('a client sends no answers');
  },
  responseDeserialize: decodeReportAnswer,
};

/** Throws DecodeError on bytes that are no ReportResponse. */
export function decodeReportAnswer(bytes: Buffer): ReportAnswer {
  const cursor = pb.cursorOf(bytes);
  const refusals: Refusal[] = [];
  const answer = { acceptedSamples: 0, refusedSamples: 0, refusals, receivedMs: 0, sentMs: 0 };
  while (cursor.at < cursor.end) {
    const tag = pb.readVarint(cursor);
    if (tag === 8) answer.acceptedSamples = pb.readVarint(cursor);
    else if (tag === 16) answer.refusedSamples = pb.readVarint(cursor);
    else if (tag === 26) refusals.push(pb.nested(cursor, readRefusal));
    else if (tag === 32) answer.receivedMs = pb.readVarint(cursor);
    else if (tag === 40) answer.sentMs = pb.readVarint(cursor);
    else pb.skipField(cursor, tag & 7);
  }
  return answer;
}
