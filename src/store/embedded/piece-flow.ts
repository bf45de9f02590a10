// Sends an answer in pieces, two at most under way, so that the main loop never finds a heap of them to unpack.
import type { FromWorker, Piece } from './messages.ts';

const UNDER_WAY = 2;

export type PieceFlow = {
  /** Resolves when the next piece may be made. */
  send(id: number, piece: Piece, buffers?: readonly ArrayBuffer[]): Promise<void>;
  /** The main loop has unpacked one. */
  more(id: number): void;
  end(id: number): void;
};

export function createPieceFlow(
  post: (message: FromWorker, buffers?: readonly ArrayBuffer[]) => void,
): PieceFlow {
  const flows = new Map<number, { underWay: number; resume: (() => void) | undefined }>();
  return {
    async send(id, piece, buffers) {
      let flow = flows.get(id);
      if (!flow) {
        flow = { underWay: 0, resume: undefined };
        flows.set(id, flow);
      }
      post({ kind: 'piece', id, piece }, buffers);
      flow.underWay++;
      if (flow.underWay < UNDER_WAY) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      flow.resume = resolve;
      await promise;
    },
    more(id) {
      const flow = flows.get(id);
      if (!flow) return;
      flow.underWay--;
      flow.resume?.();
      flow.resume = undefined;
    },
    end(id) {
      flows.get(id)?.resume?.();
      flows.delete(id);
    },
  };
}
