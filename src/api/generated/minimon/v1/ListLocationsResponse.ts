// Original file: minimon/v1/manage.proto

import type { Location as _minimon_v1_Location, Location__Output as _minimon_v1_Location__Output } from '../../minimon/v1/Location.ts';

export interface ListLocationsResponse {
  'locations'?: (_minimon_v1_Location)[];
  'warnings'?: (string)[];
}

export interface ListLocationsResponse__Output {
  'locations': (_minimon_v1_Location__Output)[];
  'warnings': (string)[];
}
