// Original file: minimon/v1/manage.proto


export interface WatchAlertConfigurationRequest {
}

export interface WatchAlertConfigurationRequest__Output {
}
