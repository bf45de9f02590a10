// Original file: minimon/v1/warn.proto


export interface RoutedReceiver {
  'name'?: (string);
  'kind'?: (string);
  'told'?: (boolean);
  'why'?: (string);
}

export interface RoutedReceiver__Output {
  'name': (string);
  'kind': (string);
  'told': (boolean);
  'why': (string);
}
