package service

// PersonOf loads the rights of an account.
var PersonOf = person

// AddDefaultConfigs makes what the first start makes.
var AddDefaultConfigs = addDefaultConfigs

// AddDefaultTags makes the tags that everybody knows.
var AddDefaultTags = addDefaultTags
