// A channel that reconnects when calls time out: a connection lost without a RST (a server
// that lost power, a firewall that dropped its state) would be used until the kernel times it out after 15 minutes.
import { ExpectedError } from '../../domain/errors.ts';
import { type ChannelOptions, type GrpcChannel, openChannel } from './channel.ts';

/** So many calls in a row without an answer in time. */
const TIMEOUTS_UNTIL_RECONNECT = 2;
/**
 * While the connection is still being made: a server to which all clients come at once may take longer than two calls do, and
 * one that has to begin anew each time never comes to an end with them. Its name is looked up after two: it may be elsewhere
 * by now, and an address where nobody is says nothing for minutes. Of calls that were under way together one counts.
 */
const TIMEOUTS_WHILE_CONNECTING = 6;

export function openLastingChannel(options: ChannelOptions): GrpcChannel {
  const open = () => ({ channel: openChannel(options), calls: 0 });
  let current = open();
  const opened = new Set([current]);
  let timeouts = 0;
  /** Of all that were counted: a call that began before the last of them says nothing more. */
  let counted = 0;

  function failed(error: unknown, used: typeof current, countedBefore: number) {
    if (used !== current) return;
    const isConnected = used.channel.isConnected();
    if (!(error instanceof ExpectedError && error.code === 'TIMEOUT')) timeouts = 0;
    else if (isConnected || countedBefore === counted) {
      timeouts++;
      counted++;
    } else return;
    if (!isConnected && timeouts > 0 && timeouts % TIMEOUTS_UNTIL_RECONNECT === 0) used.channel.lookUpAgain();
    if (timeouts < (isConnected ? TIMEOUTS_UNTIL_RECONNECT : TIMEOUTS_WHILE_CONNECTING)) return;
    timeouts = 0;
    current = open();
    opened.add(current);
  }

  /** Other calls may still wait for an answer over it. */
  function leave(used: typeof current) {
    if (--used.calls === 0 && used !== current && opened.delete(used)) void used.channel.stop();
  }

  return {
    async call(method, request) {
      const used = current;
      const countedBefore = counted;
      used.calls++;
      try {
        const answer = await used.channel.call(method, request);
        if (used === current) timeouts = 0;
        return answer;
      } catch (error) {
        failed(error, used, countedBefore);
        throw error;
      } finally {
        leave(used);
      }
    },
    async *stream(method, request, until) {
      const used = current;
      used.calls++;
      try {
        yield* used.channel.stream(method, request, until);
      } finally {
        leave(used);
      }
    },
    isConnected: () => current.channel.isConnected(),
    lookUpAgain: () => current.channel.lookUpAgain(),
    async stop() {
      await Promise.all([...opened].map(({ channel }) => channel.stop()));
    },
  };
}
