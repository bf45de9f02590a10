// Original file: minimon/v1/warn.proto


export interface HistorySubject {
  'rule'?: (string);
  'host'?: (string);
  'labels'?: ({[key: string]: string});
  '_host'?: "host";
}

export interface HistorySubject__Output {
  'rule': (string);
  'host'?: (string);
  'labels': ({[key: string]: string});
}
