package server

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/paycode/paycode/store"
	"github.com/paycode/paycode/store/sqlite"
)

// ErrDatabase is for a database URL that names no engine of this program.
var ErrDatabase = errors.New("server: the database must be given as sqlite:FILE")

// OpenStore opens a database by its URL, "sqlite:FILE", makes it when it is
// absent, and brings its schema up to date.
func OpenStore(ctx context.Context, url string) (*store.DB, error) {
	path, ok := strings.CutPrefix(url, "sqlite:")
	if !ok || path == "" {
		return nil, ErrDatabase
	}
	engine, err := sqlite.Open(ctx, path, sqlite.Options{})
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	return store.New(engine), nil
}
