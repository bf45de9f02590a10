// Original file: minimon/v1/manage.proto


export interface ListSilencesRequest {
  'expired'?: (boolean);
}

export interface ListSilencesRequest__Output {
  'expired': (boolean);
}
