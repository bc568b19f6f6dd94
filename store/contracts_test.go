package store

import (
	"github.com/paycode/paycode/outbox"
	"github.com/paycode/paycode/presence"
	"github.com/paycode/paycode/webhook"
)

// The database is what these packages want kept.
var (
	_ outbox.Store      = (*DB)(nil)
	_ presence.Store    = (*DB)(nil)
	_ webhook.Endpoints = (*DB)(nil)
	_ webhook.Callbacks = (*DB)(nil)
	_ webhook.Events    = (*DB)(nil)
	_ webhook.Queue     = (*DB)(nil)
)
