// Original file: minimon/v1/warn.proto


export interface HistoryMessage {
  'id'?: (string);
  'receiver'?: (string);
  'recipient'?: (string);
  'reason'?: (string);
}

export interface HistoryMessage__Output {
  'id': (string);
  'receiver': (string);
  'recipient': (string);
  'reason': (string);
}
