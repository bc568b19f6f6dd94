package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/paycode/paycode/bench"
	"github.com/paycode/paycode/bench/fill"
	"github.com/paycode/paycode/issuing"
)

// stage is a server with a world that may load it.
type stage struct {
	url, operatorKey string
	child            *childServer // nil for a server that was there
	world            *bench.World
	before           bench.Books
}

func (b *benching) stop(st *stage) {
	if st.child == nil {
		return
	}
	if complaints := st.child.stop(); complaints != "" {
		fmt.Fprintf(b.s.err, "the server said:\n%s\n", complaints)
	}
}

// stage starts a server on a database into which so many payers were put first,
// and builds its world; or it builds one at the server that is there.
func (b *benching) stage(ctx context.Context, database string, payers int) (st *stage, err error) {
	st = &stage{url: b.Server, operatorKey: b.OperatorKey}
	defer func() {
		if err != nil {
			b.stop(st)
		}
	}()
	var phones []bench.Phone
	if b.Server == "" {
		if st.child, err = prepareServer(ctx, database); err != nil {
			return st, err
		}
		if phones, err = b.fill(ctx, st.child, max(payers, b.Devices)); err != nil {
			return st, err
		}
		if err = st.child.start(ctx); err != nil {
			return st, err
		}
		st.url, st.operatorKey = st.child.url, st.child.operatorKey
	}
	if st.world, err = b.world(ctx, st, phones); err != nil {
		return st, err
	}
	st.before, err = bench.Audit(ctx, st.url, st.operatorKey)
	return st, err
}

// world is of the payers who were put in, or of new ones that enrol.
func (b *benching) world(ctx context.Context, st *stage, phones []bench.Phone) (*bench.World, error) {
	var built atomic.Int64
	if len(phones) > 0 {
		defer watch(b.s, "giving payers money", int64(len(phones)), &built)()
		return bench.Adopt(ctx, st.url, st.operatorKey, phones, b.Merchants, &built)
	}
	defer watch(b.s, "enrolling payers", int64(b.Devices), &built)()
	return bench.Build(ctx, st.url, st.operatorKey, bench.Sizes{Payers: b.Devices, Merchants: b.Merchants}, &built)
}

// fill puts payers into a database of which no server runs.
func (b *benching) fill(ctx context.Context, c *childServer, n int) ([]bench.Phone, error) {
	keys, err := issuing.KeyFile{Path: c.masterKey}.Load()
	if err != nil {
		return nil, err
	}
	engine, err := openEngine(ctx, c.database)
	if err != nil {
		return nil, err
	}
	var put atomic.Int64
	stop := watch(b.s, "filling the store", int64(n), &put)
	phones, err := fill.Fill(ctx, engine, keys, fill.Sizes{Devices: n, Paying: min(n, b.Devices)}, &put)
	stop()
	if err != nil {
		engine.Close()
		return nil, err
	}
	if err := engine.Close(); err != nil {
		return nil, err
	}
	return phones, settle(ctx, c.database)
}

// temporary is a directory of the run's own.
func temporary() (dir string, remove func(), err error) {
	if dir, err = os.MkdirTemp("", "paycode-bench-"); err != nil {
		return "", nil, fmt.Errorf("bench: %w", err)
	}
	return filepath.Clean(dir), func() { os.RemoveAll(dir) }, nil
}
