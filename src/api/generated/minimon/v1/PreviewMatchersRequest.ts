// Original file: minimon/v1/manage.proto


export interface PreviewMatchersRequest {
  'matchers'?: (string)[];
}

export interface PreviewMatchersRequest__Output {
  'matchers': (string)[];
}
