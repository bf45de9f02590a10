// Original file: minimon/v1/manage.proto


export interface ListTokensRequest {
  'ended'?: (boolean);
  'credentials'?: (boolean);
}

export interface ListTokensRequest__Output {
  'ended': (boolean);
  'credentials': (boolean);
}
