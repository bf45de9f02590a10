// Original file: minimon/v1/warn.proto


export interface ListAlertsRequest {
  'location'?: (string);
  'rule'?: (string);
  'pending'?: (boolean);
  'matchers'?: (string)[];
  '_location'?: "location";
  '_rule'?: "rule";
}

export interface ListAlertsRequest__Output {
  'location'?: (string);
  'rule'?: (string);
  'pending': (boolean);
  'matchers': (string)[];
}
