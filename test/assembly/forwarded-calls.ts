// A call to each listener of a running `up` as a proxy would pass it on: by its user nobody is let in then.
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { PORTS } from '../../src/domain/address.ts';

const OVER_HTTP = [
  ['analyzeHttp', '/api/v1/hosts/reporting'],
  ['analyzeHttp', '/api/v1/query?query=1'],
  ['analyzeHttp', '/FindRecordsByLocation'],
  ['manageHttp', '/api/v1/hosts'],
  ['warnHttp', '/api/v1/status'],
  ['persistAdmin', '/api/v1/deadletters'],
  ['reportPush', '/query'],
] as const;
const OVER_GRPC = [
  ['reportGrpc', '/minimon.v1.ReportService/Report'],
  ['analyzeGrpc', '/minimon.v1.AnalyzeService/ListMetrics'],
  ['manageGrpc', '/minimon.v1.ManageService/ListRules'],
  ['warnGrpc', '/minimon.v1.WarnService/GetStatus'],
] as const;

/** Those that let it in. */
export async function lettingIn(offset: number): Promise<readonly string[]> {
  const open: string[] = [];
  for (const [port, path] of OVER_HTTP) {
    const headers = { 'x-forwarded-for': '192.0.2.1' };
    const { status } = await fetch(`http://127.0.0.1:${PORTS[port] + offset}${path}`, { headers });
    if (status !== 401) open.push(`${port} ${path} ${status}`);
  }
  for (const [port, path] of OVER_GRPC) {
    const client = new Client(`127.0.0.1:${PORTS[port] + offset}`, credentials.createInsecure());
    const metadata = new Metadata();
    metadata.set('x-forwarded-for', '192.0.2.1');
    const bytes = (value: Buffer) => value;
    const code = await new Promise<number>((resolve) => {
      const done = (error: ServiceError | null) => resolve(error?.code ?? 0);
      client.makeUnaryRequest(path, bytes, bytes, Buffer.alloc(0), metadata, done);
    });
    client.close();
    if (code !== 16) open.push(`${port} ${path} ${code}`);
  }
  return open;
}
