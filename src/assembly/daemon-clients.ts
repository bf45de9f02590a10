// The clients of a daemon that runs alone: it calls manage, analyze and warn over gRPC, with its own certificate.
import { formatAddress, PORTS } from '../domain/address.ts';
import type { BackendParts } from './backends.ts';
import type { DaemonName } from './config-schema.ts';
import { type BuildParts, bearerOf } from './daemons.ts';
import { clientTls, daemonTls } from './tls.ts';

export function daemonClients(
  daemon: DaemonName,
  { config, lifecycle }: Pick<BackendParts, 'config' | 'lifecycle'>,
): Pick<BuildParts, 'manage' | 'analyze' | 'warn'> {
  const callsTo = (address: string | undefined, port: number) => ({
    address: address ?? formatAddress({ host: '127.0.0.1', port: port + config.portOffset }),
    tls: clientTls(daemonTls(config, daemon)),
    bearer: bearerOf(config, config.serviceToken),
  });

  return {
    async manage() {
      const [{ createGrpcClient }, { manageApi }] = await Promise.all([
        import('../api/grpc/client.ts'),
        import('../api/manage.ts'),
      ]);
      const client = createGrpcClient(manageApi, callsTo(config.manageAddress, PORTS.manageGrpc));
      return lifecycle.own('manage client', client, (opened) => opened.stop());
    },
    async analyze() {
      const [{ createGrpcClient }, { analyzeApi }] = await Promise.all([
        import('../api/grpc/client.ts'),
        import('../api/analyze.ts'),
      ]);
      const client = createGrpcClient(analyzeApi, callsTo(config.analyzeAddress, PORTS.analyzeGrpc));
      return lifecycle.own('analyze client', client, (opened) => opened.stop());
    },
    async warn() {
      const [{ createGrpcClient }, { warnApi }] = await Promise.all([
        import('../api/grpc/client.ts'),
        import('../api/warn.ts'),
      ]);
      const client = createGrpcClient(warnApi, callsTo(config.warnAddress, PORTS.warnGrpc));
      return lifecycle.own('warn client', client, (opened) => opened.stop());
    },
  };
}
