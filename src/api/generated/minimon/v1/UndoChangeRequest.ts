// Original file: minimon/v1/manage.proto

import type { Long } from '@grpc/proto-loader';

export interface UndoChangeRequest {
  'id'?: (number | string | Long);
  'force'?: (boolean);
  'actor'?: (string);
  'dry_run'?: (boolean);
  '_id'?: "id";
  '_actor'?: "actor";
}

export interface UndoChangeRequest__Output {
  'id'?: (number);
  'force': (boolean);
  'actor'?: (string);
  'dry_run': (boolean);
}
