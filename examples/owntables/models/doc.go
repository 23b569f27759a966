// Package models holds the checkpoints that this module chose for itself.
package models
