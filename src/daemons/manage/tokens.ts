// Tokens: created, listed without their secrets, revoked, and distributed to the daemons.
import { checkScopes } from '../../api/access.ts';
import type { ManageService } from '../../api/manage.ts';
import type { Enrolments } from '../../catalog/enrolments.ts';
import { isInForce, type TokenRecord, type Tokens } from '../../catalog/tokens.ts';
import { didYouMean } from '../../domain/did-you-mean.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { checkInstant, formatInstant } from '../../domain/instant.ts';
import { checkId } from '../../domain/names.ts';
import { actorOf, UNNAMED_ACTOR } from '../../runtime/caller.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import { makeToken, tokenIdOf } from '../../runtime/token.ts';

type TokenService = Pick<ManageService, 'createToken' | 'listTokens' | 'revokeToken' | 'syncTokens'>;

export function createTokenService(parts: {
  readonly tokens: Tokens;
  readonly enrolments: Pick<Enrolments, 'credentials'>;
  readonly clock: Clock;
  readonly logger: Logger;
}): TokenService {
  const { tokens, enrolments, clock, logger } = parts;

  async function unknown(name: string): Promise<ExpectedError> {
    const names = (await tokens.list()).map((token) => token.name);
    return new ExpectedError('TOKEN_UNKNOWN', `no token ${JSON.stringify(name.slice(0, 140))}`, {
      hint: didYouMean(name, names, 'List the tokens: minimon tokens list'),
    });
  }

  return {
    async createToken({ name, scopes, endsMs, actor = UNNAMED_ACTOR }) {
      checkId(name, 'the name of a token');
      const kept = checkScopes(scopes);
      if (endsMs !== undefined) checkEnd(checkInstant(endsMs, 'the end'), clock.nowMs());
      const { text, id, hash } = makeToken();
      const record = await tokens.add({ name, id, hash, scopes: kept, endsMs }, actor);
      logger.info({ actor: actorOf(actor), token: name, id, scopes: kept }, 'token created');
      return { token: text, info: infoOf(record) };
    },

    async listTokens({ ended = false, credentials = false }) {
      const nowMs = clock.nowMs();
      const all = (await tokens.list()).filter((one) => ended || isInForce(one, nowMs));
      // Not by their names, which whoever makes a token may give it. After the tokens: one made in between is in neither.
      const hosts = credentials ? undefined : await enrolments.credentials();
      const listed = all.filter(({ id }) => !hosts?.has(id));
      return { nowMs, tokens: listed.map(infoOf), credentials: all.length - listed.length };
    },

    async revokeToken({ name, actor = UNNAMED_ACTOR }) {
      // Messages and logs show the id with what tokens begin with.
      const token = (await tokens.revoke(name, actor)) ?? (await tokens.revoke(tokenIdOf(name), actor));
      if (!token) throw await unknown(name);
      logger.info({ actor: actorOf(actor), token: token.name, id: token.id }, 'token revoked');
      return infoOf(token);
    },

    async syncTokens({ version, used }) {
      if (used.length > 0) await tokens.used(used);
      // The version first: a change in between is then sent with the next poll.
      const current = await tokens.version();
      if (current === version) return { version: current, changed: false, tokens: [] };
      // Includes expired tokens, which the daemons check themselves: with a wrong clock here, valid ones would be
      // missing until some token is changed.
      const known = (await tokens.list()).filter((one) => one.revokedMs === undefined);
      return {
        ...{ version: current, changed: true },
        tokens: known.map(({ id, name, hash, scopes, endsMs }) => ({
          ...{ id, name, scopes, hash: hash.toString('hex') },
          ...(endsMs !== undefined && { endsMs }),
        })),
      };
    },
  };
}

export function checkEnd(endsMs: number, nowMs: number): void {
  if (endsMs > nowMs) return;
  throw new ExpectedError('BAD_RANGE', `the end ${formatInstant(endsMs)} is not in the future`, {
    hint: `It is ${formatInstant(nowMs)} on the server now.`,
  });
}

export const infoOf = ({ hash: _, endsMs, revokedMs, usedMs, ...token }: TokenRecord) => ({
  ...token,
  ...(endsMs !== undefined && { endsMs }),
  ...(revokedMs !== undefined && { revokedMs }),
  ...(usedMs !== undefined && { usedMs }),
});
