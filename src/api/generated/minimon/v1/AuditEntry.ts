// Original file: minimon/v1/manage.proto


export interface AuditEntry {
  'action'?: (string);
  'subject'?: (string);
  'before'?: (string);
  'after'?: (string);
  'detail'?: ({[key: string]: string});
  '_before'?: "before";
  '_after'?: "after";
}

export interface AuditEntry__Output {
  'action': (string);
  'subject': (string);
  'before'?: (string);
  'after'?: (string);
  'detail': ({[key: string]: string});
}
