// The catalog's tables as kysely sees them, and how ids are kept: as bytes, so that every database compares them alike.
import { type Generated, sql } from 'kysely';

/**
 * Ids and locations are columns of bytes (VARBINARY, BLOB): a text column would fold case, ignore trailing spaces or
 * order by some collation, each database in its own way. Times are milliseconds since the epoch in BIGINT columns.
 */
export type CatalogTables = {
  hosts: {
    id: Generated<number>;
    host_id: Buffer;
    location: Buffer | null;
    created_ms: number;
    updated_ms: number;
  };
  /** Every location that ever had a host: tells an empty room from one that never was. */
  locations: { location: Buffer; first_used_ms: number };
  audit: {
    id: Generated<number>;
    at_ms: number;
    actor: string;
    action: string;
    subject: Buffer;
    /** JSON, such as {"from":"725","to":"726"}. */
    detail: string;
  };
};

export const toBytes = (id: string): Buffer => Buffer.from(id, 'utf8');
export const fromBytes = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

/** A LIMIT as a literal: MySQL's prepared statements refuse the double that a JavaScript number is sent as. */
export const rowLimit = (limit: number) => sql.lit<number>(Math.trunc(limit));
