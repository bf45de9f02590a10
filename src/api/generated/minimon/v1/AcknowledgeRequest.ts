// Original file: minimon/v1/warn.proto


export interface AcknowledgeRequest {
  'alert'?: (string);
  'host'?: (string);
  'location'?: (string);
  'note'?: (string);
  'by'?: (string);
  'undo'?: (boolean);
  '_host'?: "host";
  '_location'?: "location";
  '_note'?: "note";
  '_by'?: "by";
}

export interface AcknowledgeRequest__Output {
  'alert': (string);
  'host'?: (string);
  'location'?: (string);
  'note'?: (string);
  'by'?: (string);
  'undo': (boolean);
}
