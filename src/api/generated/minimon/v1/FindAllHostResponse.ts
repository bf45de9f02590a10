// Original file: minimon/v1/manage.proto

import type { SeedHost as _minimon_v1_SeedHost, SeedHost__Output as _minimon_v1_SeedHost__Output } from '../../minimon/v1/SeedHost.ts';

export interface FindAllHostResponse {
  'CODE'?: (number);
  'MSG'?: (string);
  'DATA'?: (_minimon_v1_SeedHost)[];
}

export interface FindAllHostResponse__Output {
  'CODE': (number);
  'MSG': (string);
  'DATA': (_minimon_v1_SeedHost__Output)[];
}
