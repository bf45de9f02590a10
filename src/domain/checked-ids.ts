// Ids and locations as requests bring them: checked on reads and writes alike, and named in the refusal.
import { checkId } from './names.ts';

const SHOWN_CHARS = 40;

/** BAD_ID unless it is a host id. Never trims or folds: an id that is nearly another's is not that other's. */
export const checkHostId = (hostId: string): string => checkId(hostId, `host id ${quoted(hostId)}`);

export const checkLocation = (location: string): string => checkId(location, `location ${quoted(location)}`);

const quoted = (id: string): string =>
  JSON.stringify(id.length > SHOWN_CHARS ? `${id.slice(0, SHOWN_CHARS)}…` : id);
