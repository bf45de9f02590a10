// One line on how far a simulation is.
import type { SimulationProgress } from '../daemons/simulate/simulator.ts';
import { rfc3339 } from './relative-time.ts';

export function simulationLine(progress: SimulationProgress): string {
  const { phase, doneTicks, totalTicks, throughMs, acceptedSamples, refusedSamples, retries } = progress;
  const share = totalTicks === 0 ? 100 : Math.floor((100 * doneTicks) / totalTicks);
  const where = phase === 'backfill' ? `past ${share} %` : 'live';
  const trouble = `${refusedSamples > 0 ? `, ${refusedSamples} refused` : ''}${retries > 0 ? `, ${retries} retries` : ''}`;
  return `${where}, told up to ${rfc3339(throughMs)}, ${acceptedSamples} samples accepted${trouble}`;
}
