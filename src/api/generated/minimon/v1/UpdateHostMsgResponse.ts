// Original file: minimon/v1/manage.proto


export interface UpdateHostMsgResponse {
  'code'?: (number);
  'data'?: (string);
  'msg'?: (string);
}

export interface UpdateHostMsgResponse__Output {
  'code': (number);
  'data': (string);
  'msg': (string);
}
