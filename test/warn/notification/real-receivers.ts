// A stage whose receivers are opened for real, against servers of the test, with their timeouts on the stage's clock.
import type { TestContext } from 'node:test';
import { open } from '../../receivers/sample-messages.ts';
import type { HttpStub } from '../../receivers/servers/http-stub.ts';
import { until } from '../../until.ts';
import { type Options, stage } from './stage.ts';

type Sends = { started: number; done: number };

export async function realStage(t: TestContext, options: Options) {
  let clock: Awaited<ReturnType<typeof stage>>['clock'] | undefined;
  const sends = new Map<string, Sends>();
  const sendsOf = (name: string): Sends => {
    const known = sends.get(name) ?? { started: 0, done: 0 };
    sends.set(name, known);
    return known;
  };
  const inFlight = () => [...sends.values()].some(({ started, done }) => done < started);
  const s = await stage(t, {
    ...options,
    parts: {
      ...options.parts,
      async openReceiver(setup) {
        const real = await open(setup.kind, setup.options, clock ? { clock } : {});
        return {
          ...real,
          async send(...given) {
            const counts = sendsOf(setup.name);
            counts.started++;
            return real.send(...given).finally(() => {
              counts.done++;
            });
          },
        };
      },
    },
  });
  clock = s.clock;
  // Opened again, now that there is a clock.
  await s.configure({ receivers: (options.receivers ?? []).map((one) => ({ ...one, updatedMs: 1 })) });

  return {
    ...s,
    /** Time passes between tries, not during them: their timeouts are on this clock too. */
    async passUntil(what: string, condition: () => boolean) {
      await until(what, async () => {
        if (!inFlight() && !condition()) await s.clock.advanceTo(s.clock.nowMs() + 1_000);
        return condition();
      });
    },
    /**
     * Time passes second by second, also during tries: a second is over once each request that was begun is at its
     * server and each whole answer has come back.
     */
    async pass(toMs: number, servers: Readonly<Record<string, HttpStub>>, onSecond = () => {}) {
      const isSettled = () =>
        Object.entries(servers).every(([name, server]) => {
          const { started, done } = sendsOf(name);
          return server.received.length >= started && done >= server.answered();
        });
      while (s.clock.nowMs() < toMs) {
        await s.clock.advanceTo(s.clock.nowMs() + 1_000);
        onSecond();
        for (let quiet = 0; quiet < 3; quiet++) {
          await s.turn();
          if (!isSettled()) {
            await until('requests and answers to arrive', isSettled);
            quiet = 0;
          }
        }
      }
    },
  };
}
