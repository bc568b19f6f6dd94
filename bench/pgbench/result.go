package pgbench

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/paycode/paycode/bench"
)

// result reads what a run of that length printed, and its log of every
// transaction, which it removes.
func (t *Target) result(printed string, d time.Duration) (r bench.Result, err error) {
	if strings.Contains(printed, noneProcessed) {
		r.Elapsed = d // on a machine that had no time for it
		return r, t.removeLogs()
	}
	perSecond, err := rate(printed)
	if err != nil {
		return r, err
	}
	logs, err := t.logs()
	if err != nil {
		return r, err
	}
	for _, log := range logs {
		if err := latencies(log, &r); err != nil {
			return r, err
		}
	}
	r.Payments = r.Latency.Count()
	// Its own rate, which leaves out the time that connecting took.
	r.Elapsed = time.Duration(float64(r.Payments) / perSecond * float64(time.Second))
	return r, t.removeLogs()
}

// noneProcessed is what pgbench prints instead of a rate.
const noneProcessed = "transactions actually processed: 0\n"

func (t *Target) logs() ([]string, error) {
	logs, err := filepath.Glob(filepath.Join(t.dir, prefixOfLog+".*"))
	if err != nil {
		return nil, fmt.Errorf("pgbench: %w", err)
	}
	return logs, nil
}

func (t *Target) removeLogs() error {
	logs, err := t.logs()
	for _, log := range logs {
		err = errors.Join(err, os.Remove(log))
	}
	return err
}

// rate is the tps that pgbench printed.
func rate(printed string) (float64, error) {
	_, rest, _ := strings.Cut(printed, "tps = ")
	text, _, _ := strings.Cut(rest, " ")
	perSecond, err := strconv.ParseFloat(text, 64)
	if err != nil || perSecond <= 0 {
		return 0, fmt.Errorf("pgbench: no rate in what it printed: %s", printed)
	}
	return perSecond, nil
}

// latencies reads a log: a line for each transaction, of which the third field
// is the latency in microseconds.
func latencies(log string, r *bench.Result) error {
	f, err := os.Open(log)
	if err != nil {
		return fmt.Errorf("pgbench: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 6 {
			return fmt.Errorf("pgbench: a line of its log has %d fields", len(fields))
		}
		us, err := strconv.ParseInt(fields[2], 10, 64)
		if err != nil {
			return fmt.Errorf("pgbench: its log: %w", err)
		}
		r.Latency.Add(time.Duration(us) * time.Microsecond)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("pgbench: %w", err)
	}
	return nil
}
