// Why report would refuse one sample: by its series and by its value, as it judges them apart.
import { type Sample, seriesError, valueError } from '../src/domain/tick.ts';

export const sampleError = ({ metric, labels, value }: Sample): string | undefined =>
  seriesError(metric, labels) ?? valueError(value);
