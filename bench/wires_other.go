//go:build !linux

package bench

import (
	"context"
	"net/url"
)

// polled is what this system has instead.
func polled(ctx context.Context, base *url.URL, n int) (wires, error) {
	return dialPlain(ctx, base, n)
}
