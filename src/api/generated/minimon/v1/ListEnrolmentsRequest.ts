// Original file: minimon/v1/manage.proto


export interface ListEnrolmentsRequest {
  'limit'?: (number);
  'cursor'?: (string);
  'host_id'?: (string);
  '_limit'?: "limit";
  '_cursor'?: "cursor";
  '_host_id'?: "host_id";
}

export interface ListEnrolmentsRequest__Output {
  'limit'?: (number);
  'cursor'?: (string);
  'host_id'?: (string);
}
