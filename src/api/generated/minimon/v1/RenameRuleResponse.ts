// Original file: minimon/v1/manage.proto


export interface RenameRuleResponse {
}

export interface RenameRuleResponse__Output {
}
