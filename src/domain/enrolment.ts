// How enrolled machines are named, how long their credentials last and when they are renewed.

const DAY_MS = 86_400_000;
/** A host may be down between both and continues; of two clones, the second renewal reveals the copy. */
export const CREDENTIAL_LASTS_MS = 30 * DAY_MS;
export const RENEWED_AFTER_MS = 10 * DAY_MS;

/**
 * The least time between renewals of a credential, for agent and manage. The previous one stays valid as long: at most
 * two are valid.
 */
export const RENEWED_AT_MOST_EVERY_MS = 10 * 60_000;

const SHORT = 12;

/** Shortened for lists. */
export const shortMachineId = (machineId: string): string => machineId.slice(0, SHORT);

/** In words such as a host's note. */
export const withShortMachineIds = (text: string): string =>
  text.replace(/\b[0-9a-f]{32}\b/g, shortMachineId);

/** A machine id, the beginning of one, or the id of a credential. */
export const isMachineName = (text: string): boolean => /^[0-9a-f]{8,32}$/.test(text);

export const isWholeMachineId = (text: string): boolean => /^[0-9a-f]{32}$/.test(text);

/** Whether it is meant: by its machine id or the beginning of it, or, of copies that are alike, by the credential that it asks for. */
export const isMachine = (
  machine: { readonly machineId: string; readonly tokenId: string },
  name: string,
): boolean => machine.tokenId === name || machine.machineId.startsWith(name);
