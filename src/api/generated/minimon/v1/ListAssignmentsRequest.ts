// Original file: minimon/v1/manage.proto


export interface ListAssignmentsRequest {
  'location'?: (string);
  '_location'?: "location";
}

export interface ListAssignmentsRequest__Output {
  'location'?: (string);
}
