// Original file: minimon/v1/manage.proto

import type { HostState as _minimon_v1_HostState, HostState__Output as _minimon_v1_HostState__Output } from '../../minimon/v1/HostState.ts';
import type { Suggestion as _minimon_v1_Suggestion, Suggestion__Output as _minimon_v1_Suggestion__Output } from '../../minimon/v1/Suggestion.ts';
import type { Long } from '@grpc/proto-loader';

export interface Host {
  'host_id'?: (string);
  'id'?: (number | string | Long);
  'managed'?: (boolean);
  'location'?: (string);
  'state'?: (_minimon_v1_HostState);
  'note'?: (string);
  'created_ms'?: (number | string | Long);
  'updated_ms'?: (number | string | Long);
  'first_seen_ms'?: (number | string | Long);
  'last_seen_ms'?: (number | string | Long);
  'interval_ms'?: (number | string | Long);
  'agent_version'?: (string);
  'facts'?: ({[key: string]: string});
  'suggestion'?: (_minimon_v1_Suggestion | null);
  'sources'?: (string)[];
  '_id'?: "id";
  '_location'?: "location";
  '_note'?: "note";
  '_created_ms'?: "created_ms";
  '_updated_ms'?: "updated_ms";
  '_first_seen_ms'?: "first_seen_ms";
  '_last_seen_ms'?: "last_seen_ms";
  '_interval_ms'?: "interval_ms";
  '_agent_version'?: "agent_version";
}

export interface Host__Output {
  'host_id': (string);
  'id'?: (number);
  'managed': (boolean);
  'location'?: (string);
  'state': (_minimon_v1_HostState__Output);
  'note'?: (string);
  'created_ms'?: (number);
  'updated_ms'?: (number);
  'first_seen_ms'?: (number);
  'last_seen_ms'?: (number);
  'interval_ms'?: (number);
  'agent_version'?: (string);
  'facts': ({[key: string]: string});
  'suggestion': (_minimon_v1_Suggestion__Output | null);
  'sources': (string)[];
}
