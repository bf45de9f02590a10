// Original file: minimon/v1/warn.proto


export interface ExplainRequest {
  'rule'?: (string);
  'host'?: (string);
  'location'?: (string);
  '_host'?: "host";
  '_location'?: "location";
}

export interface ExplainRequest__Output {
  'rule': (string);
  'host'?: (string);
  'location'?: (string);
}
