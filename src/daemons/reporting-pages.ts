// All hosts that analyze knows, read page by page.
import type { AnalyzeService, ReportingHosts } from '../api/analyze.ts';
import { readPages } from '../api/pages.ts';

// Some 600 bytes a host with its facts: a page stays well below gRPC's 4 MiB a message.
const PAGE = 2_000;

/** Every host within retention, with the watermarks of the last page. */
export async function readReportingHosts(
  analyze: Pick<AnalyzeService, 'listReportingHosts'>,
): Promise<ReportingHosts> {
  return readPages('hosts', (at) => analyze.listReportingHosts({ sinceMs: 0, ...at }), { atOnce: PAGE });
}
