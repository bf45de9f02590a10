// What a client sent by remote write, read with the program's own reader.
import { zstdDecompressSync } from 'node:zlib';
import snappy from 'snappyjs';
import { PUSH_LIMITS } from '../../src/api/push.ts';
import { type RemoteSeries, readRemoteWrite1, readRemoteWrite2 } from '../../src/wire/remote-write.ts';
import type { Exchange } from './recording-proxy.ts';

export const writtenBytes = ({ body, headers }: Exchange): Buffer =>
  headers['content-encoding'] === 'zstd'
    ? zstdDecompressSync(body)
    : Buffer.from(snappy.uncompress(body, PUSH_LIMITS.decodedBytes));

function readSeries(exchange: Exchange): readonly RemoteSeries[] {
  const { headers } = exchange;
  const series: RemoteSeries[] = [];
  const bytes = writtenBytes(exchange);
  const read = headers['content-type']?.includes('v2.Request') ? readRemoteWrite2 : readRemoteWrite1;
  read(bytes, (one) => series.push(one));
  return series;
}

/** The names of the series that were sent with a stale marker. */
export const namesOfEnded = (exchanges: readonly Exchange[]): readonly (string | undefined)[] =>
  exchanges
    .flatMap(readSeries)
    .filter(({ samples }) => samples.some(({ stale }) => stale))
    .map(({ labels }) => labels.get('__name__'));
