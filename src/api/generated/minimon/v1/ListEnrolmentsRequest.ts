// Original file: minimon/v1/manage.proto


export interface ListEnrolmentsRequest {
  'limit'?: (number);
  'cursor'?: (string);
  '_limit'?: "limit";
  '_cursor'?: "cursor";
}

export interface ListEnrolmentsRequest__Output {
  'limit'?: (number);
  'cursor'?: (string);
}
