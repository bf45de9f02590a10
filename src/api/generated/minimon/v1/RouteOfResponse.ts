// Original file: minimon/v1/warn.proto

import type { RoutedReceiver as _minimon_v1_RoutedReceiver, RoutedReceiver__Output as _minimon_v1_RoutedReceiver__Output } from '../../minimon/v1/RoutedReceiver.ts';

export interface RouteOfResponse {
  'receivers'?: (_minimon_v1_RoutedReceiver)[];
  'silenced'?: (string);
  '_silenced'?: "silenced";
}

export interface RouteOfResponse__Output {
  'receivers': (_minimon_v1_RoutedReceiver__Output)[];
  'silenced'?: (string);
}
