// Where the call that is being served came from, for the audit log: carried beside the call, through whatever it awaits.
import { AsyncLocalStorage } from 'node:async_hooks';

const callers = new AsyncLocalStorage<string>();

/** Runs `work` as asked by this address. */
export const servedTo = <T>(address: string | undefined, work: () => T): T =>
  address === undefined ? work() : callers.run(address, work);

/** The address of the client, without its port; undefined for what the process does by itself. */
export const callerAddress = (): string | undefined => callers.getStore();
