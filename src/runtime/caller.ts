// The caller of the current request and its address, carried through async code (AsyncLocalStorage).
import { AsyncLocalStorage } from 'node:async_hooks';

export type ServedCaller = {
  /** Of the token, the certificate or the user; undefined without authentication. */
  readonly name: string | undefined;
  /** Of the client, without its port. */
  readonly address: string | undefined;
  /** Which hosts it may report; undefined for any. */
  readonly mayReport?: ((hostId: string) => boolean) | undefined;
  /** Of the token that it shows. */
  readonly tokenId?: string | undefined;
};

const callers = new AsyncLocalStorage<ServedCaller>();

/** Runs `work` as asked by this caller. */
export const servedTo = <T>(caller: ServedCaller, work: () => T): T => callers.run(caller, work);

/** Undefined for what the process does by itself. */
export const currentCaller = (): ServedCaller | undefined => callers.getStore();

export const UNNAMED_ACTOR = 'anonymous';

/** Who does it: the caller where that is known, whatever the request says; else who the request says. */
export const actorOf = (stated: string | undefined): string =>
  currentCaller()?.name ?? (stated || UNNAMED_ACTOR);
