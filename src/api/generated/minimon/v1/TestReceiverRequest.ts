// Original file: minimon/v1/warn.proto


export interface TestReceiverRequest {
  'name'?: (string);
}

export interface TestReceiverRequest__Output {
  'name': (string);
}
