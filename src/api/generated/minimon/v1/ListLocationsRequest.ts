// Original file: minimon/v1/manage.proto


export interface ListLocationsRequest {
}

export interface ListLocationsRequest__Output {
}
