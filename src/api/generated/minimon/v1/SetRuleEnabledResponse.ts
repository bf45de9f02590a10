// Original file: minimon/v1/manage.proto


export interface SetRuleEnabledResponse {
}

export interface SetRuleEnabledResponse__Output {
}
