// A real node_exporter on a free port.
import { freePorts } from '../servers/ports.ts';
import { listens, type ServerProcess } from '../servers/server-process.ts';
import { ensurePrometheus } from './builds.ts';
import { startClient } from './push-target.ts';

export async function startNodeExporter(options: readonly string[] = []): Promise<{
  readonly address: string;
  readonly process: ServerProcess;
}> {
  const { nodeExporter } = await ensurePrometheus();
  const [port = 0] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  const process = await startClient(
    'node-exporter',
    [nodeExporter, `--web.listen-address=${address}`, ...options],
    () => listens(port),
  );
  return { address, process };
}
