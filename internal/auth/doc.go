// Package auth proves identity.
package auth
