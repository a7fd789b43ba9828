package service

// PersonOf loads the rights of an account.
var PersonOf = person
