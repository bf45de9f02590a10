// Original file: minimon/v1/manage.proto


export interface FindAllHostRequest {
}

export interface FindAllHostRequest__Output {
}
