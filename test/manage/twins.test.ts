// Clones, twins and reinstalled hosts through the real store and both daemons: what was received decides.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { tickOf } from '../analyze/ticks.ts';
import { openTwoDaemons, type TwoDaemons } from '../analyze/two-daemons.ts';

const NOW_MS = Date.parse('2026-11-25T11:00:30.000Z');
const MINUTE = 60_000;
const at = (clock: string) => Date.parse(`2026-11-25T${clock}:00.000Z`);

describe('machines behind host ids', () => {
  let system: TwoDaemons;
  const received = async (
    hostId: string,
    timeMs: number,
    more: { machineId: string; bootId?: string; cpu?: number },
    receivedMs = timeMs + 300,
  ) => {
    const { cpu = 1, ...identity } = more;
    await system.put([{ ...tickOf(hostId, timeMs, { 'cpu.usage': cpu }), ...identity }], receivedMs);
  };
  before(async () => {
    system = await openTwoDaemons(NOW_MS);
    for (const hostId of ['app-1', 'app-2', 'app-3', 'app-4', 'app-5', 'app-6', 'app-7']) {
      await system.grpc.manage.insertHost({ hostId, location: '725' });
    }
    for (const [minute, clock] of ['09:59', '10:00'].entries()) {
      await received('app-4', at(clock), { machineId: 'A', cpu: minute });
    }
    for (let minute = 0; minute < 56; minute++) {
      await received('app-4', at('10:05') + minute * MINUTE, { machineId: 'B', cpu: 2 });
    }
    // At each start its clock is the one that it had saved at 10:00, until NTP sets it.
    for (let boot = 0, ms = at('10:14'); boot < 8; boot++, ms += 6 * MINUTE) {
      for (let minute = 0; minute < 5; minute++) {
        const receivedMs = ms + minute * MINUTE;
        const timeMs = minute < 2 ? at('10:00') + minute * MINUTE : receivedMs;
        await received('app-7', timeMs, { machineId: 'E', bootId: `boot-${boot}` }, receivedMs + 300);
      }
    }
    for (const clock of ['10:57', '10:58', '10:59', '11:00']) {
      await received('app-1', at(clock), { machineId: 'image' });
      await received('app-2', at(clock), { machineId: 'image' });
      const odd = at(clock) % (2 * MINUTE) !== 0;
      await received('app-3', at(clock), odd ? { machineId: 'M1', cpu: 10 } : { machineId: 'M2', cpu: 95 });
      await received('app-5', at(clock), { machineId: 'C', bootId: clock });
      await received('app-6', at(clock), { machineId: 'D', bootId: '11111111-a' });
      await received('app-6', at(clock) + 5_000, { machineId: 'D', bootId: '22222222-b' });
    }
  });
  after(() => system.stop());

  const hosts = async () => {
    const page = await system.grpc.manage.listHosts({ location: '725' });
    return new Map(page.hosts.map((host) => [host.hostId, [host.state, host.note ?? '']]));
  };
  const valuesOf = async (hostId: string) => {
    const range = { metric: 'cpu.usage', startMs: at('09:00'), stopMs: at('12:00') };
    return (await system.grpc.analyze.queryRange({ ...range, hosts: [hostId] })).series.map(
      (one) => one.values,
    );
  };

  it('one machine-id on two hosts: two hosts, no conflict, a hint', async () => {
    const seen = await hosts();
    assert.deepEqual(seen.get('app-1'), ['reporting', 'same machine-id as app-2 (cloned?)']);
    assert.deepEqual(seen.get('app-2'), ['reporting', 'same machine-id as app-1 (cloned?)']);
  });

  it('two machines in turn: a conflict that names both, and both are stored', async () => {
    const [state, note] = (await hosts()).get('app-3')!;
    assert.equal(state, 'conflict');
    assert.match(note!, /M1/);
    assert.match(note!, /M2/);
    const [values] = await valuesOf('app-3');
    assert.deepEqual([...values!].sort(), [10, 10, 95, 95]);
  });

  it('a reinstalled host: no conflict an hour after its old machine was last seen, one history', async () => {
    assert.deepEqual((await hosts()).get('app-4'), ['reporting', '']);
    assert.deepEqual(await valuesOf('app-4'), [[0, 1, ...Array.from({ length: 56 }, () => 2)]]);
  });

  it('a reboot is no conflict, nor are eight within an hour with a clock that begins anew', async () => {
    assert.deepEqual((await hosts()).get('app-5'), ['reporting', '']);
    assert.deepEqual((await hosts()).get('app-7'), ['reporting', '']);
  });

  it('two running copies with one machine id: a conflict that names both boots, until one is gone for an hour', async () => {
    assert.deepEqual((await hosts()).get('app-6'), [
      'conflict',
      'machines D (boot 22222222) and D (boot 11111111) report under this one id: give each its own host id, and copies their own machine id',
    ]);
  });

  it('the conflict clears when one machine alone was seen for an hour', async () => {
    for (let minute = 1; minute <= 61; minute++) {
      await received('app-3', at('11:00') + minute * MINUTE, { machineId: 'M1' });
      await received('app-6', at('11:00') + minute * MINUTE, { machineId: 'D', bootId: '11111111-a' });
      // One that was held up on its way: not heard now.
      const late = { machineId: 'D', bootId: '22222222-b' };
      if (minute === 40) await received('app-6', at('11:01') + 5_000, late, at('11:40') + 20_000);
    }
    await system.clock.advanceTo(NOW_MS + 61 * MINUTE);
    assert.deepEqual((await hosts()).get('app-3'), ['reporting', '']);
    assert.deepEqual((await hosts()).get('app-6'), ['reporting', '']);
  });
});
