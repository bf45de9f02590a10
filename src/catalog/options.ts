// What can be set for a catalog on MySQL or MariaDB.
import { z } from 'zod';

export const mysqlCatalogOptions = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('Host of the MySQL or MariaDB server'),
  port: z.int().min(1).max(65_535).default(3306).describe('Its port'),
  user: z.string().min(1).describe('User that may create tables in the database'),
  password: z.string().default('').meta({ secret: true }).describe('Password of the user'),
  database: z.string().min(1).describe('Database that holds the catalog and nothing else'),
  connections: z.int().min(1).max(100).default(5).describe('Connections held open at most'),
});
export type MysqlCatalogOptions = z.infer<typeof mysqlCatalogOptions>;
