// Original file: minimon/v1/manage.proto


export interface ListTokensRequest {
  'ended'?: (boolean);
}

export interface ListTokensRequest__Output {
  'ended': (boolean);
}
