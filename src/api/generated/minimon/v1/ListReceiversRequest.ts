// Original file: minimon/v1/manage.proto


export interface ListReceiversRequest {
}

export interface ListReceiversRequest__Output {
}
