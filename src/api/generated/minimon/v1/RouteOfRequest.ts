// Original file: minimon/v1/warn.proto


export interface RouteOfRequest {
  'labels'?: (string)[];
}

export interface RouteOfRequest__Output {
  'labels': (string)[];
}
