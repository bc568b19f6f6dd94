package main

import (
	"bytes"
	"context"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paycode/paycode/client"
)

// buffer is written by a command while a test reads it.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// TestInitThenServe is the first hour of an operator: two commands, and a call
// with the key that the first one printed.
func TestInitThenServe(t *testing.T) {
	dir := t.TempDir()
	where := []string{"--db", "sqlite:" + filepath.Join(dir, "a.db"), "--master-key", filepath.Join(dir, "master.key")}
	var key, out, log buffer
	if code := run(t.Context(), append([]string{"admin", "init"}, where...), &streams{nil, &key, &log}); code != 0 {
		t.Fatalf("admin init: status %d: %s", code, log.String())
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{"serve", "--migrate", "--listen", "localhost:0"}, where...), &streams{nil, &out, &log})
	}()
	c := client.Client{Server: urlOf(t, &log), Authorize: client.Bearer(strings.TrimSpace(key.String()))}
	var audit struct{ Balanced bool }
	if err := c.Call(t.Context(), "GET", "/v1/ledger/audit", nil, &audit); err != nil || !audit.Balanced {
		t.Errorf("audit: %v, %v", audit, err)
	}
	stop()
	if code := <-ended; code != 0 || out.String() != "" {
		t.Errorf("serve ended with status %d and wrote %q", code, out.String())
	}
	if strings.Contains(log.String(), strings.TrimSpace(key.String())) {
		t.Error("the log holds the key")
	}
}

// urlOf waits until a server says where it serves.
func urlOf(t *testing.T, log *buffer) string {
	t.Helper()
	for range 1000 {
		if m := regexp.MustCompile(`url=(\S+)`).FindStringSubmatch(log.String()); m != nil {
			return m[1]
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("the server does not serve: %s", log.String())
	return ""
}
