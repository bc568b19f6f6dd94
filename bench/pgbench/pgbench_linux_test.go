package pgbench

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paycode/paycode/store/postgres/pgtest"
)

func TestEveryScriptPays(t *testing.T) {
	server := pgtest.Start(t, pgtest.NotDurable()...)
	target, err := Open(t.Context(), server.URL("postgres"), 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range Scripts() {
		best, err := target.Best(t.Context(), s, []int{2}, time.Second)
		if err != nil || best != 2 {
			t.Fatalf("%s: best %d, %v", s.Name, best, err)
		}
	}
	c, err := pgx.Connect(t.Context(), target.url)
	if err != nil {
		t.Fatal(err)
	}
	var orders, codes, entries, moved, inTPCB int64
	err = c.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM pay.orders), (SELECT count(*) FROM pay.used_codes),
		(SELECT count(*) FROM pay.entries), (SELECT sum(balance) FROM pay.accounts) - 100000 * 1000000000::bigint,
		(SELECT count(*) FROM pgbench_history)`).Scan(&orders, &codes, &entries, &moved, &inTPCB)
	if err != nil || orders == 0 || orders != codes || entries == 0 || entries > 2*orders || moved != 0 || inTPCB == 0 {
		t.Errorf("%d orders, %d codes, %d entries, %d more money, %d of TPC-B, %v", orders, codes, entries, moved, inTPCB, err)
	}
	if err := c.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if err := target.Close(); err != nil {
		t.Error(err)
	}
	if _, err := pgx.Connect(t.Context(), target.url); err == nil {
		t.Error("the database is still there")
	}
}

func TestResultReadsRateAndLatencies(t *testing.T) {
	target := &Target{dir: t.TempDir()}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(target.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(prefixOfLog+".7", "0 1 2000 0 1795284017 1\n1 1 4000 0 1795284017 2\n")
	write(prefixOfLog+".7.1", "2 1 6000 0 1795284017 3\n")
	r, err := target.result("latency average = 4.0 ms\ntps = 1.500000 (without initial connection time)\n", time.Second)
	if err != nil || r.Payments != 3 || r.Elapsed != 2*time.Second || r.Latency.Max() != 6*time.Millisecond {
		t.Errorf("%+v, %v", r, err)
	}
	if left, err := target.logs(); len(left) != 0 || err != nil {
		t.Errorf("%v left, %v", left, err)
	}
	if r, err := target.result("number of transactions actually processed: 0\n", time.Second); err != nil || r.PerSecond() != 0 {
		t.Errorf("nothing done: %+v, %v", r, err)
	}
	for _, printed := range []string{"", "tps = many", "tps = -1 (x"} {
		if _, err := target.result(printed, time.Second); err == nil {
			t.Errorf("%q is a result", printed)
		}
	}
	write(prefixOfLog+".8", "0 1 two 0 1795284017 1\n")
	if _, err := target.result("tps = 1 (x)", time.Second); err == nil {
		t.Error("a log without latencies is a result")
	}
}
