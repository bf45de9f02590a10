// Original file: minimon/v1/manage.proto

import type { Long } from '@grpc/proto-loader';

export interface UpdateHostMsgRequest {
  'ID'?: (number | string | Long);
  'HostID'?: (string);
  'Location'?: (string);
  '_ID'?: "ID";
  '_HostID'?: "HostID";
}

export interface UpdateHostMsgRequest__Output {
  'ID'?: (number);
  'HostID'?: (string);
  'Location': (string);
}
