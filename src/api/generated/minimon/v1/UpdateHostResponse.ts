// Original file: minimon/v1/manage.proto


export interface UpdateHostResponse {
}

export interface UpdateHostResponse__Output {
}
