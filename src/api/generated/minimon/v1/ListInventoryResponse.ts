// Original file: minimon/v1/manage.proto

import type { InventoryHost as _minimon_v1_InventoryHost, InventoryHost__Output as _minimon_v1_InventoryHost__Output } from '../../minimon/v1/InventoryHost.ts';

export interface ListInventoryResponse {
  'hosts'?: (_minimon_v1_InventoryHost)[];
}

export interface ListInventoryResponse__Output {
  'hosts': (_minimon_v1_InventoryHost__Output)[];
}
